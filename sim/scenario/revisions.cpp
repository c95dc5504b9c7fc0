#include "sim/scenario/revisions.h"

#include <algorithm>

#include "sim/scenario/tail_answer.h"
#include "sim/scenario/tail_socket.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

}  // namespace

Revisions selected(const Revisions& all, const std::vector<std::string>& selection) {
  Revisions some;
  for (const auto& [key, revision] : all) {
    const bool wanted = std::ranges::any_of(selection, [&, &key = key](const std::string& one) {
      return one == "*" || one == key || (one.ends_with('/') && key.starts_with(one));
    });
    if (wanted) some.emplace(key, revision);
  }
  return some;
}

Result<Revisions> list_revisions(const ServerPlace& server, milliseconds at_most) {
  const auto end = Clock::now() + at_most;
  const auto late = Error{Certainty::definite, server.name + " does not list its counters"};
  TailSocket socket;
  if (!socket.connect(server.endpoint, 0, at_most)) return late;
  if (!socket.send("GET /lockstep/counters?since=0&follow=false HTTP/1.1\r\nHost: dcount\r\n\r\n"))
    return late;
  TailAnswer answer(TailFormat::lockstep);
  std::string bytes;
  std::vector<TailItem> items;
  while (!answer.ended()) {
    bytes.clear();
    const auto left =
        std::max(milliseconds(0), std::chrono::ceil<milliseconds>(end - Clock::now()));
    if (left.count() == 0 || socket.read(bytes, left) == TailSocket::Got::end) return late;
    if (auto taken = answer.take(bytes, items); !taken) return taken.error();
  }
  Revisions revisions;
  for (const TailItem& item : items) revisions[item.key] = item.revision;
  return revisions;
}

}  // namespace dcount::sim
