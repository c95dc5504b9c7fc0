// Everything the core, or the engine in its stead, can answer: a closed list of codes plus values.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/command.h"

namespace dcount::core {

enum class Code : std::uint8_t {
  ok,
  created,
  // Refusals of the domain. Nothing changed.
  not_found,
  bound_exceeded,       ///< `counter` says where it stands and the bounds that hold
  overflow,             ///< the result does not fit int64
  precondition_failed,  ///< version, existence
  key_reused,           ///< the Idempotency-Key came with another request before
  not_empty,            ///< a restore onto records
  // The engine's.
  in_flight,    ///< a request with this Idempotency-Key is being worked on
  unavailable,  ///< not applied, and never will be by this request: try again
  unknown,      ///< may have been applied: try again with the same key
};

/// The code's name on the wire and in stored answers.
std::string_view to_string(Code code);

struct CounterOutcome {
  Code code = Code::ok;
  std::int64_t n = 0;
  std::int64_t applied = 0;
  std::int64_t version = 0;  ///< 0: no such counter ever was
  Bounds bounds;             ///< with bound_exceeded: those that hold
  std::string id;            ///< of a created counter
  bool deleted = false;      ///< a Delete found something

  bool operator==(const CounterOutcome&) const = default;
};

struct BatchOutcome {
  std::vector<CounterOutcome> results;  ///< one an op; only the refused one's when refused
  std::size_t refused_index = 0;

  bool operator==(const BatchOutcome&) const = default;
};

struct ListedCounter {
  std::string collection;
  std::string id;
  std::int64_t n = 0;
  std::int64_t version = 0;

  bool operator==(const ListedCounter&) const = default;
};

struct ListOutcome {
  std::vector<ListedCounter> counters;
  std::string next;  ///< the `after` of the next page; empty: that was all
  Revision revision = 0;

  bool operator==(const ListOutcome&) const = default;
};

/// How many records a housekeeping or restore command has touched, and how many more wait.
struct WorkOutcome {
  std::size_t done = 0;
  std::size_t left = 0;

  bool operator==(const WorkOutcome&) const = default;
};

struct Outcome {
  Code code = Code::ok;
  std::variant<std::monostate, CounterOutcome, BatchOutcome, ListOutcome, WorkOutcome> value;
  bool replayed = false;          ///< the stored answer of an earlier request with this key
  std::int64_t key_window_s = 0;  ///< keyed commands: how long records of keys live at present

  bool operator==(const Outcome&) const = default;
};

}  // namespace dcount::core
