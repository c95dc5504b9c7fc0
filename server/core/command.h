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

#include "server/core/entry.h"

namespace dcount::core {

/// Wall clock in milliseconds since 1970, as the engine's clock gives it: it never goes back while
/// the process lives.
struct Now {
  std::int64_t unix_ms = 0;
};

struct CounterId {
  std::string collection;
  std::string id;
};

enum class OnLimit { reject, saturate };

/// What becomes of the expiry when a call brings a ttl. A counter that the call creates gets it
/// in every mode.
enum class TtlMode {
  set,      ///< expires ttl after this call
  if_none,  ///< only a counter that would live for ever gets one
  keep,     ///< an existing counter keeps what it has
};

/// HTTP's If-Match and If-None-Match, and `if_version`. A counter that does not exist has version 0
/// here, whatever its tombstone says.
struct Precondition {
  std::optional<std::int64_t> version;
  bool must_exist = false;
  bool must_not_exist = false;
};

/// Inclusive; absent: as far as int64 goes.
struct Bounds {
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;

  bool operator==(const Bounds&) const = default;
};

struct CreateCounter {
  CounterId counter;
  std::int64_t n = 0;
  Bounds bounds;
  OnLimit on_limit = OnLimit::reject;
  std::optional<std::int64_t> ttl_s;
  Precondition precondition;
};

struct Add {
  CounterId counter;
  std::int64_t n = 1;
  bool create = false;  ///< creates at 0 first, where there is none
  Bounds bounds;        ///< for this call, beside the counter's own: the narrower holds
  std::optional<OnLimit> on_limit;
  std::optional<std::int64_t> ttl_s;
  TtlMode ttl_mode = TtlMode::set;
  Precondition precondition;
};

struct Reset {
  CounterId counter;
  Precondition precondition;
};

struct Delete {
  CounterId counter;
  Precondition precondition;
};

struct ReadCounter {
  CounterId counter;
};

using CounterOp = std::variant<CreateCounter, Add, Reset, Delete, ReadCounter>;

/// All or nothing, in order; an op sees what those before it did.
struct CounterBatch {
  std::vector<CounterOp> ops;
};

/// Counters in the order of their keys.
struct ListCounters {
  std::string collection;  ///< empty: of all collections
  std::string after;       ///< "collection/id" of the last one already seen, or empty
  std::size_t limit = 100;
};

/// Answers to batches can be long: beyond this many bytes of keys and answers the oldest records
/// go, however few they are.
inline constexpr std::size_t idempotency_bytes_max = std::size_t{512} << 20;

/// Housekeeping: deletes expired counters, erases old tombstones and idempotency records.
struct Sweep {
  std::size_t records_max = 256;  ///< touched by this command; the next one goes on
  std::size_t idempotency_records_max = 1'000'000;
  std::size_t idempotency_bytes_max = core::idempotency_bytes_max;
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

using CommandBody = std::variant<CreateCounter, Add, Reset, Delete, ReadCounter, CounterBatch,
                                 ListCounters, Sweep, Restore>;

struct Command {
  CommandBody body;
  std::optional<Idempotency> idempotency;
};

}  // namespace dcount::core
