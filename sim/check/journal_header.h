// The first line of a journal, and the lines of its nemesis.
//
// Thread-safety: none.
#pragma once

#include <string>

#include "sim/check/history_builder.h"
#include "sim/check/record.h"

namespace dcount::check {

/// Empty: it was understood, otherwise what is wrong with it.
std::string read_header(const Value& header, HistoryBuilder& builder);

/// A fault's phase, a phase of the run; anything else is a line without a meaning.
std::string read_nemesis(const Record& record, HistoryBuilder& builder);

}  // namespace dcount::check
