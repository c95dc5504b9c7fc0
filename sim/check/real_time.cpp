#include "sim/check/real_time.h"

#include <algorithm>

namespace dcount::check {

void sort_by_position(std::span<Placed> placed) {
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return a.position != b.position ? a.position < b.position : a.invoked < b.invoked;
  });
}

std::optional<Inversion> find_inversion(std::span<const Placed> sorted) {
  const Placed* latest = nullptr;  // of those below the current position
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    const Placed* latest_here = latest;
    for (; end < sorted.size() && sorted[end].position == sorted[begin].position; ++end) {
      const Placed& placed = sorted[end];
      if (latest != nullptr && placed.completed < latest->invoked) {
        return Inversion{placed.operation, latest->operation};
      }
      if (latest_here == nullptr || placed.invoked > latest_here->invoked) latest_here = &placed;
    }
    latest = latest_here;
    begin = end;
  }
  return std::nullopt;
}

}  // namespace dcount::check
