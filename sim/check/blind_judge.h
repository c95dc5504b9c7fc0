// Increments that are acknowledged without a value, and reads.
//
// 1. Every read lies between what must and what may have been added before it: sound for deltas of
//    any size and sign, in O(n log n).
// 2. Deltas of one direction: sorted by value, reads (and increments that did return a value) stand
//    in their only order. An acknowledged increment is released where nothing above had ended
//    before it began, and its deadline is the first read that began after it had ended; unknown
//    increments have no deadline. Each gap between two values takes the increments that it needs,
//    earliest deadline first (ladder.h, filling.h). In O(n log n) and exact when all deltas are
//    the same.
// 3. Deltas of different size in one direction: a search for what fills each gap; exact, but beyond
//    its limit the verdict is `unknown`.
// 4. Deltas of both directions: 1, and then the general search (search_judge.h).
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/counter_shape.h"
#include "sim/check/search_judge.h"

namespace dcount::check {

/// Wants `shape.only_adds`.
Finding judge_blind(const KeyView& view, const CounterShape& shape, const SearchLimits& limits);

}  // namespace dcount::check
