// Changes of any kind to a counter whose answers tell its version: deltas, resets, deletes,
// creates, bounds, refusals.
//
// The version is the order. Each version is made by one operation, everybody who saw it saw the
// same, and the values chain: what an answered operation did to the state before it gives the state
// it answered. A write of version v stands at 2v, what saw v at 2v+1, and nothing ended before
// something of a lower position began (real_time.h). Versions that nobody was answered with are
// made by unknown operations, as many of them as versions, which lead from the state before to the
// one after (filling.h): exact and near-linear when what is missing leaves no choice, otherwise a
// search that says `unknown` at its limit. A refusal is a read, and has to be right.
//
// Writes that are acknowledged without a version have to find a place among those missing.
// `unknown` also where it is not certain which version a counter began with, or, for what saw no
// counter and no version, where one was missing.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/counter_shape.h"

namespace dcount::check {

/// Whether the answers say enough: a version with every value.
bool tells_versions(const KeyView& view, const CounterShape& shape);

/// Wants tells_versions().
Finding judge_versions(const KeyView& view, const CounterShape& shape);

}  // namespace dcount::check
