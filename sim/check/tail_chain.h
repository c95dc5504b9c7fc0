// Which of a subscriber's connections together promise that nothing is left out.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>

#include "sim/check/history.h"

namespace dcount::check {

/// What an event, or a bookmark, says everything has been sent of: the highest revision, as far as
/// it is in revision order.
constexpr std::int64_t complete_to(const TailEvent& event) {
  return event.complete != 0 ? event.revision : event.revision - 1;
}

/// The last connections of which each resumed where the one before had come to.
struct TailChain {
  std::size_t begin = 0;             ///< the connection that it begins with
  bool from_the_start = false;       ///< which was sent everything that there was
  bool resumed = false;              ///< some connection resumed, and something was sent to it
  std::optional<std::size_t> ahead;  ///< a connection whose cursor nobody had told its subscriber

  std::size_t first_event(const Tail& tail) const {
    return tail.connections.empty() ? 0 : tail.connections[begin].first;
  }
};

TailChain chain_of(const Tail& tail);

}  // namespace dcount::check
