// The order that growing values force: the common part of the judges of increments, of blind
// increments and of strict sequences.
//
// All steps go up. An operation that says where it went from and to is a rung; a read is a rung of
// height 0. Sorted by value they stand in the only possible order. Between rungs that do not touch
// lies a gap, which steps without a known place have to fill (filling.h).
//
// 1. No two rungs share a value (else: two operations as witness).
// 2. No rung ended before one below it began (real_time.h; two operations as witness).
// 3. The gaps are filled. With steps of one height, half of a million of them unknown, this costs
//    no more than sorting, and is exact. With several heights: see filling.h.
//
// O(n log n). Thread-safety: pure functions.
#pragma once

#include "sim/check/filling.h"
#include "sim/check/wide.h"

namespace dcount::check {

struct Rung {
  std::int64_t bottom = 0;
  std::int64_t top = 0;  ///< a read: the same
  Index invoked = 0;
  Index completed = never;
  std::uint32_t operation = 0;
};

enum class LadderFault : std::uint8_t {
  nothing,
  below_base,  ///< `first` goes below where everything begins
  overlap,     ///< `first` and `second` cannot both have happened
  went_back,   ///< `second` began only after `first` had ended, and is below it
  gap,         ///< between `first` (or the beginning) and `second` too little could have happened
  lost,        ///< `lost` had to happen before `second` (or the end) and there is no room for it
  gave_up,     ///< the search for what fills the gaps was too long
};

struct LadderVerdict {
  LadderFault fault = LadderFault::nothing;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  std::uint32_t lost = 0;
  bool has_first = false;   ///< gap, lost: there is a rung below
  bool has_second = false;  ///< lost: there is a rung above
  std::int64_t from = 0;    ///< gap, lost: where the gap begins
  std::int64_t to = 0;      ///< and ends
  Index before = never;     ///< gap: what fills it had to begin before that
  std::size_t gaps = 0;     ///< how many there were
  Wide top = 0;  ///< nothing: the highest rung and, on it, the fillers that have to come behind
};

/// Judges rungs and fillers (whose deltas are above 0). Sorts the rungs in place.
LadderVerdict judge_ladder(std::int64_t base, std::vector<Rung>& rungs,
                           std::vector<Filler> fillers);

}  // namespace dcount::check
