// Whether an order that the values force contradicts the order in which things happened.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <span>

#include "sim/check/history.h"

namespace dcount::check {

/// An operation whose place in the only possible order is known; equal positions have no order.
struct Placed {
  std::int64_t position = 0;
  Index invoked = 0;
  Index completed = never;
  std::uint32_t operation = 0;
};

struct Inversion {
  std::uint32_t ended_first = 0;  ///< of the higher position
  std::uint32_t began_after = 0;  ///< it had ended; of the lower position
};

/// By position.
void sort_by_position(std::span<Placed> placed);

/// The first operation, in order of position, that ended before one of a strictly lower position
/// began. Wants them sorted; O(n): a running maximum of the invocations.
std::optional<Inversion> find_inversion(std::span<const Placed> sorted);

}  // namespace dcount::check
