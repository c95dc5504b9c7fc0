// What can be asked of sequences, and of the reservations of gapless ones.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/core/definition.h"
#include "server/core/precondition.h"

namespace dcount::core {

/// A block of numbers of a cached sequence that one server may hand out from its memory. Nobody
/// else ever gets them; a crash loses them, and leaves a gap.
struct Lease {
  std::int64_t born_ms = 0;   ///< of the sequence: another one of that name is another one
  std::int64_t restored = 0;  ///< the revision base then: a restore ends all leases
  Position at;                ///< its next number
  std::int64_t left = 0;
  std::uint64_t drawn_to = 0;  ///< what the sequence had given away in all when the block ended

  bool operator==(const Lease&) const = default;
};

/// Creates it; answers ok when there is one with the same definition already.
struct DefineSequence {
  std::string name;
  Definition definition;  ///< without a fault
  Precondition precondition;
};

struct DeleteSequence {
  std::string name;
  Precondition precondition;
};

struct ReadSequence {
  std::string name;
};

/// Sequences in the order of their names, those that exist from the start among them.
struct ListSequences {
  std::string after;  ///< the last name already seen, or empty
  std::size_t limit = 100;
};

/// No server hands out more at once, whatever it is told.
inline constexpr std::int64_t draw_count_max = 1'000'000;

/// The next `count` numbers (at least 1): all, or none and exhausted.
struct Draw {
  std::string name;
  std::int64_t count = 1;
  Precondition precondition;
  std::optional<Lease> lease;  ///< what the deciding server holds, put in by its engine
};

/// Gives the rest of a block back, if nothing was leased after it.
struct ReturnLease {
  std::string name;
  Lease lease;
};

/// Takes the lowest free number of a gapless sequence out until it is confirmed, released or, after
/// ttl_ms, expired. `token` is new and names the reservation.
struct Reserve {
  std::string name;
  std::string token;
  std::int64_t ttl_ms = 0;
};

/// The number is handed out, for good. Repeatable.
struct Confirm {
  std::string name;
  std::string token;
};

/// The number is free again. Repeatable.
struct Release {
  std::string name;
  std::string token;
};

}  // namespace dcount::core
