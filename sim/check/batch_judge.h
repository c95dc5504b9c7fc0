// Batches over several counters: all or nothing, at one moment.
//
// Counters that batches link are looked at together:
// 1. A search over all of them (search_judge.h) while they are few operations: exact.
// 2. Otherwise, where every answer has a version: the versions' orders of all counters, with each
//    batch as one step, and the order of time may not make a circle (O(n log n)).
// 3. And an unknown batch of which one part is needed to explain its counter has happened by the
//    moment until which it is needed; the other parts then have to fit theirs. Sound; within a
//    limit of time, beyond which the verdict is `unknown`.
//
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "sim/check/key_view.h"
#include "sim/check/search_judge.h"

namespace dcount::check {

/// Only for histories whose counters are valid one by one. A finding for each set of counters.
std::vector<Finding> judge_batches(const History& history, const KeyViews& views,
                                   const SearchLimits& limits);

}  // namespace dcount::check
