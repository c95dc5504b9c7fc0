// The words that stand for things in every report: those of the journal (docs/harness.md). Those
// of verdicts are in sim/check/verdict.h.
#pragma once

#include <string>
#include <string_view>

#include "sim/check/history.h"

namespace dcount::report {

std::string_view word_for(check::Function function);
std::string_view word_for(check::Outcome outcome);  ///< "ok", "fail", "unknown"

/// What was asked and answered, short: "add 5 → 12", "read → nothing", "next 2 → 7, 8".
std::string operation_words(const check::History& history, const check::Operation& operation);

/// At most so many bytes of it, cut between characters, with "…" when something is missing.
std::string cut(std::string_view text, std::size_t bytes_max);

}  // namespace dcount::report
