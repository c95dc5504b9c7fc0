// report.html before it is filled in: page/, its style and its scripts put in by embed.cmake.
// Places: {{title}}, {{plain_words}} (twice), {{data}}.
#pragma once

#include <string_view>

namespace dcount::report {

extern const std::string_view page_template;

}  // namespace dcount::report
