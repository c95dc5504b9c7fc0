// Everything that can be asked of the core. A closed variant: a new kind of command is a new
// alternative here and a rule in decide.cpp, and nowhere else.
//
// Names in commands are valid (names.h) and numbers are in their ranges: the API refuses what is
// malformed before there is a command. Time and generated ids arrive inside.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/counter_commands.h"
#include "server/core/entry.h"
#include "server/core/item_commands.h"
#include "server/core/key_commands.h"
#include "server/core/node_commands.h"
#include "server/core/package_commands.h"
#include "server/core/sequence_commands.h"

namespace dcount::core {

/// Wall clock in milliseconds since 1970, as the engine's clock gives it: it never goes back while
/// the process lives.
struct Now {
  std::int64_t unix_ms = 0;
};

/// Answers to batches can be long: beyond this many bytes of keys and answers the oldest records
/// go, however few they are.
inline constexpr std::size_t idempotency_bytes_max = std::size_t{512} << 20;

/// Beyond this number the reservations that were confirmed, released or expired the longest ago are
/// forgotten, however young they are.
inline constexpr std::size_t closed_reservations_max = 500'000;

/// Housekeeping: deletes expired counters, frees the numbers of expired reservations, erases old
/// tombstones, closed reservations and idempotency records.
struct Sweep {
  std::size_t records_max = 256;  ///< touched by this command; the next one goes on
  std::size_t idempotency_records_max = 1'000'000;
  std::size_t idempotency_bytes_max = core::idempotency_bytes_max;
  std::size_t closed_reservations_max = core::closed_reservations_max;
};

/// Writes records as a dump holds them, in steps, each its own commit: begin, clear until nothing
/// is left, write, end. Until `end` is in, the store says that it is incomplete (State::restoring).
struct Restore {
  enum class Stage {
    begin,  ///< refused with not_empty when there is any record, unless `force`; from here on the
            ///< revisions that clients see are above all that the dump had seen
    clear,  ///< erases up to `records_max` of the records that are there
    write,  ///< writes `records`
    end,
  };
  Stage stage = Stage::write;
  bool force = false;
  Revision dump_revision = 0;
  std::size_t records_max = 1000;
  std::vector<Write> records;
};

/// An Idempotency-Key that came with a command.
struct Idempotency {
  std::string digest;       ///< 32 hex digits over scope and key
  std::string fingerprint;  ///< 16 hex digits over what the request asked for
  std::int64_t keep_ms = 0;
  std::size_t records_max = 1'000'000;  ///< the sweeper keeps no more; only to tell the window
};

using CommandBody =
    std::variant<CreateCounter, Add, Reset, Delete, ReadCounter, CounterBatch, ListCounters,
                 DefineSequence, DeleteSequence, ReadSequence, ListSequences, Draw, ReturnLease,
                 Reserve, Confirm, Release, AddItems, CountItems, ListItems, AddPackage,
                 ReadPackage, DeletePackage, ChangeHolders, ListPackages, CreateKey, RevokeKey,
                 ListKeys, ReadUsage, RegisterNode, MarkNode, ForgetNode, ListNodes, Sweep,
                 Restore>;

struct Command {
  CommandBody body;
  std::optional<Idempotency> idempotency;
  bool stale = false;  ///< only reads: as far as this server knows, which others may be ahead of
};

}  // namespace dcount::core
