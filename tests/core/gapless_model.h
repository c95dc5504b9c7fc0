// A dumb model of a gapless sequence that counts up from 1: sets and a map.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "server/core/outcome.h"

namespace dcount::core {

/// What is known of every number, and of every token.
struct GaplessModel {
  struct Held {
    std::int64_t number;
    std::int64_t expires_ms;
    Code fate = Code::ok;  ///< ok: open
  };
  std::set<std::int64_t> free;
  std::int64_t next = 1;
  std::map<std::string, Held> held;
  std::set<std::int64_t> out;  ///< for good

  void expire(std::int64_t now_ms) {
    for (auto& [token, reservation] : held) {
      if (reservation.fate == Code::ok && reservation.expires_ms <= now_ms) {
        reservation.fate = Code::expired;
        free.insert(reservation.number);
      }
    }
  }
  std::int64_t take() {
    if (free.empty()) return next++;
    return free.extract(free.begin()).value();
  }
  Code close(const std::string& token, Code fate) {
    const auto at = held.find(token);
    if (at == held.end()) return Code::not_found;
    Held& reservation = at->second;
    if (reservation.fate == fate) return Code::ok;
    if (reservation.fate != Code::ok) return reservation.fate;
    reservation.fate = fate;
    (fate == Code::released ? free : out).insert(reservation.number);
    return Code::ok;
  }
};

}  // namespace dcount::core
