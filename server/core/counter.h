// A counter as it is stored: "1 n=8 v=9", with "min", "max", "sat" and "e" (expires, Unix ms) where
// they are set; deleted: "1 del v=10 at=<Unix ms>", the tombstone that keeps the version going.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/command.h"

namespace dcount::core {

struct Counter {
  bool deleted = false;
  std::int64_t n = 0;
  std::int64_t version = 0;
  Bounds bounds;
  OnLimit on_limit = OnLimit::reject;
  std::int64_t expires_ms = 0;  ///< 0: never
  std::int64_t deleted_ms = 0;

  bool expired(Now now) const { return !deleted && expires_ms != 0 && expires_ms <= now.unix_ms; }
};

std::string encode(const Counter& counter);

/// Aborts on text this version of dcount did not write: a store is checked when it is loaded.
Counter decode_counter(std::string_view text);

/// The same, for what comes from outside (a store being opened, a dump).
std::optional<Counter> try_decode_counter(std::string_view text);

/// When housekeeping has to look at it: at its expiry, or `tombstone_ms` after it was deleted.
/// 0: never. Cheap for a counter without a ttl.
std::int64_t counter_due_ms(std::string_view text, std::int64_t tombstone_ms);

}  // namespace dcount::core
