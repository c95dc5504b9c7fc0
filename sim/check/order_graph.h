// Whether several counters' orders of versions and the order of time agree, with each batch as one
// step: a search for a circle.
//
// Thread-safety: pure functions.
#pragma once

#include <span>
#include <vector>

#include "sim/check/key_view.h"

namespace dcount::check {

/// The operations of a shortest circle through one of them, each of which has to come before the
/// next and the last before the first; empty: there is none. O(n log n).
std::vector<std::uint32_t> find_circle(std::span<const KeyView> views);

}  // namespace dcount::check
