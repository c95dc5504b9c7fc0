#include "sim/check/absent_reads.h"

#include <algorithm>
#include <queue>

namespace dcount::check {
namespace {

using Event = std::pair<Index, std::size_t>;  // with a segment

}  // namespace

std::optional<std::uint32_t> AbsentReads::find_misplaced(const std::vector<std::uint32_t>& reads) {
  std::vector<Event> ended;
  std::vector<Event> begun;  // with the last segment that is still allowed
  std::vector<std::size_t> without;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    if (!segments_[s].state.exists) without.push_back(s);
    for (std::size_t i = 0; i < segments_[s].operations.size(); ++i) {
      const Operation& operation = view_.at(segments_[s].operations[i]);
      if (operation.completed != never) ended.emplace_back(operation.completed, s);
      bool maker = i == 0 && segments_[s].made;
      begun.emplace_back(operation.invoked, maker ? s - 1 : s);
    }
  }
  std::sort(ended.begin(), ended.end());
  std::sort(begun.begin(), begun.end());
  for (std::size_t i = begun.size(); i-- > 1;) {
    begun[i - 1].second = std::min(begun[i - 1].second, begun[i].second);
  }
  std::priority_queue<Event, std::vector<Event>, std::greater<>> placed;
  std::size_t next = 0;
  std::size_t lowest = 0;
  for (std::uint32_t read : reads) {
    const Operation& operation = view_.at(read);
    for (; next < ended.size() && ended[next].first < operation.invoked; ++next) {
      lowest = std::max(lowest, ended[next].second);
    }
    for (; !placed.empty() && placed.top().first < operation.invoked; placed.pop()) {
      lowest = std::max(lowest, placed.top().second);
    }
    auto at = std::lower_bound(without.begin(), without.end(), lowest);
    auto limit = std::upper_bound(begun.begin(), begun.end(), Event{operation.completed, never});
    if (at == without.end() || (limit != begun.end() && *at > limit->second)) return read;
    placed.emplace(operation.completed, *at);
  }
  return std::nullopt;
}

}  // namespace dcount::check
