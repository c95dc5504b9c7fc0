// A reservation of a gapless sequence's number as it is stored: "1 n=42 k=41 born=… e=<Unix ms>"
// while it is open, later "1 n=42 k=41 born=… e=… confirmed=<Unix ms>" (or released, or expired):
// kept for a while, so that who asks again learns what became of it.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/command.h"

namespace dcount::core {

struct Reservation {
  enum class State : std::uint8_t { open, confirmed, released, expired };

  State state = State::open;
  std::int64_t number = 0;
  std::uint64_t place = 0;   ///< of the number in its sequence
  std::int64_t born_ms = 0;  ///< of the sequence
  std::int64_t expires_ms = 0;
  std::int64_t closed_ms = 0;

  bool has_expired(Now now) const { return state == State::open && expires_ms <= now.unix_ms; }

  bool operator==(const Reservation&) const = default;
};

std::string encode(const Reservation& reservation);

/// Aborts on text this version of dcount did not write.
Reservation decode_reservation(std::string_view text);

/// The same, for what comes from outside.
std::optional<Reservation> try_decode_reservation(std::string_view text);

/// When an open one expires; 0: it is closed.
std::int64_t open_until_ms(std::string_view text);

/// When a closed one may be forgotten; 0: it is open.
std::int64_t reservation_due_ms(std::string_view text, std::int64_t tombstone_ms);

}  // namespace dcount::core
