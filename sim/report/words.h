// The words that stand for things in every report: those of the journal (docs/harness.md).
#pragma once

#include <string>
#include <string_view>

#include "sim/check/verdict.h"

namespace dcount::report {

std::string_view word_for(check::Function function);
std::string_view word_for(check::Outcome outcome);  ///< "ok", "fail", "unknown"
std::string_view word_for(check::Verdict verdict);  ///< "valid", "unknown", "invalid"

/// What was asked and answered, short: "add 5 → 12", "read → nothing", "next 2 → 7, 8".
std::string operation_words(const check::History& history, const check::Operation& operation);

/// At most so many bytes of it, cut between characters, with "…" when something is missing.
std::string cut(std::string_view text, std::size_t bytes_max);

}  // namespace dcount::report
