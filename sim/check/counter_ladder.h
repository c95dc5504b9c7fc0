// A counter whose value only moves one way, as a ladder: for the judges of increments.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/counter_shape.h"

namespace dcount::check {

/// Wants `shape.ascending`; `judge` is the name in the finding.
Finding judge_counter_ladder(std::string_view judge, const KeyView& view,
                             const CounterShape& shape);

}  // namespace dcount::check
