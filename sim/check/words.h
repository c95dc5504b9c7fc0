// Operations in words, for witnesses.
//
// Thread-safety: pure functions.
#pragma once

#include <initializer_list>
#include <span>
#include <string>

#include "sim/check/history.h"
#include "sim/check/verdict.h"

namespace dcount::check {

/// The name in a journal: "add", "delete".
std::string_view name_of(Function function);

/// A sentence without its end: "process 3 added 5 and was answered 12, version 9 (index 0–1)".
std::string told(const History& history, const Operation& operation);

/// What it is: "process 3's add of 5 (index 0–1)".
std::string named(const History& history, const Operation& operation);

/// "5 and 7", "3, 4, 5 and 12 more".
std::string enumerated(std::span<const std::int64_t> numbers);

/// "1 operation", "3 operations".
std::string counted(std::uint64_t count, std::string_view noun);

/// A violation and the operations that show it, in the order given.
Finding violation(std::string_view judge, const History& history, std::uint32_t key,
                  std::string text, std::initializer_list<std::uint32_t> operations);

/// "A. Only after that had ended, B: `meaning`", with A and B as its operations.
Finding went_back(std::string_view judge, const History& history, std::uint32_t key,
                  std::uint32_t ended_first, std::uint32_t began_after, std::string_view meaning);

}  // namespace dcount::check
