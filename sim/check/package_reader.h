// The lines of operations on packages in a journal (docs/harness.md, "Histories").
//
// Thread-safety: none.
#pragma once

#include <optional>
#include <string>

#include "sim/check/history_builder.h"
#include "sim/check/record.h"

namespace dcount::check {

/// "add_package"; nothing: it is of no package.
std::optional<Function> package_function(std::string_view name);

/// An invocation. Empty: it was understood, and `handle` is the operation; otherwise what is wrong
/// with it.
std::string read_package_invoke(const Record& record, Function function, std::uint32_t process,
                                HistoryBuilder& builder, HistoryBuilder::Handle& handle);

/// Its completion, of the type ok, fail or info.
std::string read_package_answer(const Record& record, std::string_view type, Function function,
                                HistoryBuilder::Handle handle, HistoryBuilder& builder);

}  // namespace dcount::check
