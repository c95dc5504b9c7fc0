#include "sim/check/tail_chain.h"

#include <algorithm>

namespace dcount::check {
namespace {

/// What a subscriber may resume from, as far as it was told.
struct Told {
  std::int64_t complete = -1;
  std::int64_t sent = -1;

  bool allows(const TailConnection& connection) const {
    return connection.cursor <= (connection.inclusive ? std::max(sent, complete + 1) : complete);
  }
  void take_cursor(const TailConnection& connection) {
    if (connection.inclusive) {
      sent = std::max(sent, connection.cursor);
      complete = std::max(complete, connection.cursor - 1);
    } else {
      complete = std::max(complete, connection.cursor);
    }
  }
  void take(const TailEvent& event) {
    sent = std::max(sent, event.revision);
    complete = std::max(complete, complete_to(event));
  }
};

}  // namespace

TailChain chain_of(const Tail& tail) {
  TailChain chain;
  Told told;
  for (std::size_t i = 0; i < tail.connections.size(); ++i) {
    const TailConnection& connection = tail.connections[i];
    bool resumes = !connection.from_the_start() && connection.cursor != none;
    bool ahead = resumes && i > 0 && !told.allows(connection);
    if (ahead && !chain.ahead) chain.ahead = i;
    if (!resumes || ahead || i == 0) {
      chain.begin = i;
      chain.from_the_start = connection.from_the_start();
      told = {};
    }
    if (resumes) told.take_cursor(connection);
    if (resumes && i > 0 && tail.end_of(i) > connection.first) chain.resumed = true;
    for (std::size_t e = connection.first; e < tail.end_of(i); ++e) told.take(tail.events[e]);
  }
  return chain;
}

}  // namespace dcount::check
