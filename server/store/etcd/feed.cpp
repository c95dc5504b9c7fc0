#include "server/store/etcd/feed.h"

#include <utility>

#include "server/store/mark.h"

namespace dcount::store::etcd {

Request Feed::request() {
  rest_.clear();
  unfinished_.clear();
  following_ = false;
  return {watch_path, watch_body(after_ + 1, prefix_)};
}

Feed::State Feed::take(std::string_view bytes, const Deliver& deliver) {
  std::size_t begin = 0;
  std::size_t searched = rest_.size();  // without an end of a line
  rest_ += bytes;
  State state = State::going_on;
  for (std::size_t end;
       state == State::going_on && (end = rest_.find('\n', searched)) != std::string::npos;
       begin = searched = end + 1) {
    if (end > begin) state = take_line(std::string_view(rest_).substr(begin, end - begin), deliver);
  }
  rest_.erase(0, begin);
  return state;
}

Feed::State Feed::take_line(std::string_view line, const Deliver& deliver) {
  auto reply = parse_watch(line, prefix_);
  if (!reply || !reply->error.empty()) {
    error_ = reply ? reply->error : reply.error().message;
    return State::broken;
  }
  if (reply->compacted > 0) return State::compacted;
  if (reply->canceled) {
    error_ = "etcd has ended the watch";
    return State::broken;
  }
  following_ |= reply->created;
  for (Entry& event : reply->events) {
    if (event.revision <= after_) continue;  // told before the break
    std::vector<Entry>& entries = unfinished_[event.revision];
    if (!is_own_key(event.key)) entries.push_back(std::move(event));
  }
  if (!reply->fragment) deliver_whole(deliver);
  return State::going_on;
}

void Feed::deliver_whole(const Deliver& deliver) {
  for (const auto& [revision, entries] : std::exchange(unfinished_, {})) {
    after_ = revision;
    deliver(revision, entries);
  }
}

}  // namespace dcount::store::etcd
