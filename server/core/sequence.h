// The head of a sequence as it is stored: "1 next=8 v=7 d=7 mode=strict born=1700000000000", with
// the parts of the definition where they are not the default, "end" at the end of the range, "w"
// (how often it began again) and, when gapless, "open", "free" and "low"; deleted: "1 del v=8
// at=<Unix ms>".
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/definition.h"

namespace dcount::core {

struct Sequence {
  bool deleted = false;
  Definition definition;
  Position at;
  std::int64_t version = 0;
  std::uint64_t drawn = 0;   ///< how many numbers it has given away in all, leased ones included
  std::int64_t wraps = 0;    ///< how often it began again
  std::int64_t born_ms = 0;  ///< tells it from earlier ones of the same name; 0: fixed
  std::int64_t deleted_ms = 0;

  // Gapless ones only. The place of a number is how many come before it.
  std::int64_t open = 0;  ///< reservations
  std::int64_t free = 0;  ///< numbers that came back
  std::uint64_t low = 0;  ///< the place of the lowest of them

  /// As it is before the first draw.
  static Sequence fresh(const Definition& definition);

  bool operator==(const Sequence&) const = default;
};

std::string encode(const Sequence& sequence);

/// Aborts on text this version of dcount did not write: a store is checked when it is loaded.
Sequence decode_sequence(std::string_view text);

/// The same, for what comes from outside (a store being opened, a dump). Also checks that the
/// parts fit each other.
std::optional<Sequence> try_decode_sequence(std::string_view text);

/// When housekeeping has to look at it: `tombstone_ms` after it was deleted. 0: never.
std::int64_t sequence_due_ms(std::string_view text, std::int64_t tombstone_ms);

/// Whether the text is that of a gapless one, tombstones excluded.
bool is_gapless(std::string_view text);

}  // namespace dcount::core
