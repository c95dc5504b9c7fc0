// How far this server's clock is off the others', as far as pings can tell.
//
// Every other thing is decided without comparing clocks of two machines. What expires (ttl,
// reservations, idempotency records) expires by the clock of whoever decides it: it is late or
// early by as much as that clock is off. This bounds it.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dcount::nodes {

/// A server that is further off the others' median serves nobody.
inline constexpr std::int64_t clock_off_max_ms = 2000;

/// Where another clock stands against ours: ahead by `ms`, give or take `uncertainty_ms`.
struct ClockOffset {
  std::int64_t ms = 0;
  std::int64_t uncertainty_ms = 0;

  bool operator==(const ClockOffset&) const = default;
};

/// From one ping: the other clock was read somewhere between sending and receiving, both by our
/// clock.
ClockOffset clock_offset(std::int64_t sent_ms, std::int64_t received_ms, std::int64_t other_ms);

struct ClockVerdict {
  bool off = false;
  /// By how much the others are ahead of us, at least, in their median; negative: behind.
  std::int64_t median_ms = 0;
  std::size_t others = 0;  ///< that were heard

  bool operator==(const ClockVerdict&) const = default;
};

/// Each offset counts as the least that its uncertainty allows, so that a slow network alone makes
/// no clock wrong. Of an even number both in the middle are medians, and it takes both: of two
/// others one that is wrong does not make us wrong. Nobody heard: not off.
///
/// Two servers that are far apart are both off: nobody can say whose clock is right.
ClockVerdict judge_clock(std::span<const ClockOffset> others);

}  // namespace dcount::nodes
