// The lines of subscribers and mirrors in a journal (docs/harness.md, "Histories").
//
// Thread-safety: none.
#pragma once

#include <string>

#include "sim/check/history_builder.h"
#include "sim/check/record.h"

namespace dcount::check {

/// Whether a line of that type is one of theirs.
bool is_tail(const Record& record, std::string_view type);

/// Wants is_tail(). Empty: it was understood, otherwise what is wrong with it.
std::string read_tail(const Record& record, std::string_view type, HistoryBuilder& builder);

}  // namespace dcount::check
