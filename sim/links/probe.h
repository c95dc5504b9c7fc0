// A connection of our own through a link, from the outside, to the echo behind it.
//
// Thread-safety: functions from any thread; they block for the time given at most.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace dcount::sim {

struct LinkProbe {
  enum class End { answered, silent, refused, reset };
  End end = End::silent;
  bool greeted = false;                     ///< a byte came back of what the echo says first
  std::size_t answered_bytes = 0;           ///< of those sent
  std::chrono::microseconds round_trip{0};  ///< from the first byte sent to the last one back
};

/// Connects to 127.0.0.1:`port`, sends so many bytes and waits for all of them to come back.
/// `expect` is told the near port before the connection is made; `look`, if any, is called at the
/// end, before it is closed.
LinkProbe probe_link(std::uint16_t port, std::size_t bytes, std::chrono::milliseconds at_most,
                     const std::function<void(std::uint16_t)>& expect,
                     const std::function<void(std::uint16_t)>& look = {});

}  // namespace dcount::sim
