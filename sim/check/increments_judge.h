// Increments by the same number that return the value after them, reads, and unknown increments.
//
// Exact in O(n log n). An increment that was answered with v stands at position 2v, a read of v at
// 2v+1. Answered values are distinct; nothing ended before something of a lower position began; and
// the values up to the highest observed that nobody was answered with come from unknown increments:
// the k-th of these values needs the k-th unknown increment to have begun before anything above it
// ended (ladder.h). Where answers have versions, each increment is one version.
//
// Also deltas of different size but one direction: then what fills the gaps is searched for, with a
// limit, and the verdict is `unknown` beyond it.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/counter_shape.h"

namespace dcount::check {

/// Wants `shape.ascending` and no blind increments.
Finding judge_increments(const KeyView& view, const CounterShape& shape);

}  // namespace dcount::check
