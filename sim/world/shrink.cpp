#include "sim/world/shrink.h"

#include <algorithm>

namespace dcount::world {

std::vector<std::size_t> shrink(std::vector<std::size_t> events, std::size_t runs_max,
                                const std::function<bool(const std::vector<std::size_t>&)>& fails) {
  std::size_t runs = 0;
  std::size_t chunk = (events.size() + 1) / 2;
  while (chunk > 0 && !events.empty()) {
    bool removed = false;
    for (std::size_t begin = 0; begin < events.size();) {
      if (++runs > runs_max) return events;
      const std::size_t end = std::min(begin + chunk, events.size());
      std::vector<std::size_t> fewer(events.begin(),
                                     events.begin() + static_cast<std::ptrdiff_t>(begin));
      fewer.insert(fewer.end(), events.begin() + static_cast<std::ptrdiff_t>(end), events.end());
      if (fails(fewer)) {
        events = std::move(fewer);
        removed = true;
      } else {
        begin = end;
      }
    }
    if (chunk == 1 && !removed) break;
    chunk = chunk == 1 ? 1 : chunk / 2;
  }
  return events;
}

}  // namespace dcount::world
