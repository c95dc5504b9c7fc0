// What the operations on a counter are like: which judge can judge them exactly.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>

#include "sim/check/key_view.h"

namespace dcount::check {

/// A counter before the history: as the header says; otherwise there at 0, of an unknown version,
/// unless the first thing that is done to it is to create it.
struct CounterStart {
  bool exists = true;
  std::int64_t value = 0;
  std::int64_t version = none;
};

CounterStart start_of(const KeyView& view);

struct CounterShape {
  /// Where it begins: as the header says, or a create that ended before all else began; 0 for a
  /// counter of which nothing is said.
  std::int64_t base = 0;
  std::int64_t base_version = none;
  bool exists = true;
  std::size_t skipped = 0;  ///< of the first operations: that create

  /// Only adds in one direction and reads that found something, nothing cut short by a bound.
  bool ascending = true;
  std::int64_t sign = 1;  ///< -1: they go down
  bool only_adds = true;  ///< and reads: in any direction
  bool one_delta = true;
  std::int64_t delta = 0;  ///< of all of them, times sign; 0: there are none

  bool has_zero = false;  ///< there is an add of 0

  std::size_t blind = 0;    ///< acknowledged writes that say neither value nor version
  std::size_t unknown = 0;  ///< writes
  std::size_t saw = 0;      ///< operations that say what they saw
  bool versions = true;     ///< each of those that saw a value has a version
};

CounterShape shape_of(const KeyView& view);

/// What can be said of bounds by one operation alone: a step beyond one, a refusal although there
/// was room, a step cut short although there was. Nothing when the header says no bounds.
std::optional<Finding> find_bound_violation(std::string_view judge, const KeyView& view);

}  // namespace dcount::check
