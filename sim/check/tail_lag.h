// How long subscribers waited for changes: told, never judged.
//
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "sim/check/known_states.h"

namespace dcount::check {

struct TailLag {
  std::size_t changes = 0;  ///< that were looked at; 0: nothing below is known
  std::int64_t p50_ns = 0;
  std::int64_t p99_ns = 0;
  std::int64_t max_ns = 0;
};

/// From the answer to the oldest change that an event is the first to show, to the event; an event
/// that came before that answer did not wait.
TailLag lag_of(const History& history, const std::vector<KnownStates>& states);

/// "1.8 ms".
std::string duration_text(std::int64_t nanoseconds);

}  // namespace dcount::check
