// Watches: streams of what has been changed.
#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/world/simulated_etcd.h"

namespace dcount::world {

SimulatedEtcd::StreamId SimulatedEtcd::watch(std::size_t member, const std::string& body,
                                             StreamSink sink) {
  const StreamId id = next_stream_++;
  const auto request = read_watch(body);
  if (!request || !members_[member].up) {
    sink.on_end();
    return id;
  }
  Stream& stream = streams_[id];
  stream = {member, *request, std::move(sink), request->from, true};
  later(member, draw(20, 100, member), [this, id] { open_stream(id); });
  return id;
}

void SimulatedEtcd::open_stream(StreamId id) {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  Stream& stream = at->second;
  if (!knows_leader(members_[stream.member])) {
    const auto on_end = stream.sink.on_end;
    streams_.erase(at);
    return on_end();
  }
  const Moment& known = moment(stream.member);
  stream.sink.on_bytes("{\"result\":{\"header\":{\"revision\":\"" + std::to_string(known.revision) +
                       "\"},\"created\":true}}\n");
  if (stream.next == 0) stream.next = known.revision + 1;
  if (stream.next < known.compacted) {  // it stays open, and nothing comes any more
    return stream.sink.on_bytes(
        "{\"result\":{\"header\":{},\"canceled\":true,"
        "\"compact_revision\":\"" +
        std::to_string(known.compacted) + "\"}}\n");
  }
  stream.canceled = false;
  send_events(stream);
}

/// All there is, in one message or in pieces of one.
void SimulatedEtcd::send_events(Stream& stream) {
  const Moment& known = moment(stream.member);
  if (stream.canceled || stream.next > known.revision) return;
  std::vector<const MvccStore::Event*> events;
  for (Revision revision = stream.next; revision <= known.revision; ++revision) {
    for (const MvccStore::Event& event : store_.events(revision)) {
      // A bug of this etcd's (#19179): what was erased by the very revision that was compacted to
      // is not told to who begins there.
      if (event.erased && revision == stream.request.from && revision == known.compacted) continue;
      const bool wanted =
          event.key >= stream.request.key &&
          (stream.request.end == std::string_view("\0", 1) || event.key < stream.request.end);
      if (wanted) events.push_back(&event);
    }
  }
  stream.next = known.revision + 1;
  const std::size_t most = stream.request.fragment && shape_.fragment_events_max > 0
                               ? shape_.fragment_events_max
                               : events.size();
  for (std::size_t begin = 0; begin < events.size(); begin += most) {
    const std::size_t end = std::min(begin + most, events.size());
    std::string line =
        "{\"result\":{\"header\":{\"revision\":\"" + std::to_string(known.revision) + "\"}";
    if (end < events.size()) line += ",\"fragment\":true";
    line += ",\"events\":[";
    for (std::size_t i = begin; i < end; ++i) {
      if (i > begin) line += ',';
      line += events[i]->json;
    }
    stream.sink.on_bytes(line + "]}}\n");
  }
}

void SimulatedEtcd::end_streams(std::size_t member, const std::string& last_line) {
  std::vector<StreamSink> ended;
  std::erase_if(streams_, [&](auto& one) {
    if (one.second.member != member) return false;
    ended.push_back(std::move(one.second.sink));
    return true;
  });
  for (StreamSink& sink : ended) {
    if (!last_line.empty()) sink.on_bytes(last_line);
    sink.on_end();
  }
}

}  // namespace dcount::world
