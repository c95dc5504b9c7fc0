// Leaves events out of a schedule, halves first, as long as the run still fails.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace dcount::world {

/// `fails` says whether a run of these events alone still fails; it is asked at most `runs_max`
/// times. Returns the fewest found: without any one of them it does not fail any more, unless the
/// limit was reached.
std::vector<std::size_t> shrink(std::vector<std::size_t> events, std::size_t runs_max,
                                const std::function<bool(const std::vector<std::size_t>&)>& fails);

}  // namespace dcount::world
