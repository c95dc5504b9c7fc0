// report.html: one file that needs nothing else.
#pragma once

#include <string>

#include "sim/check/verdict.h"
#include "sim/report/escape.h"
#include "sim/report/journal_times.h"
#include "sim/report/run_facts.h"

namespace dcount::report {

/// At any length of history: plots have bins_max bins, lists and texts have limits.
inline constexpr std::size_t page_bytes_max = 5'000'000;

/// What report.js draws.
Json page_data(const RunFacts& facts, const check::History& history,
               const check::Judgement& judgement, const JournalTimes& times);

/// The page with its style, its script and `data` in it. Without scripts it still tells the title
/// and `plain_words`.
std::string page_of(const Json& data, std::string_view title, std::string_view plain_words);

}  // namespace dcount::report
