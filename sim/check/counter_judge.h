// The cheapest exact judge for a counter's operations.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/key_view.h"
#include "sim/check/search_judge.h"

namespace dcount::check {

Finding judge_counter(const KeyView& view, const SearchLimits& limits);

}  // namespace dcount::check
