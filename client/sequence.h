// What a sequence is told and tells: definitions, states, numbers, reservations.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcount::client {

inline constexpr std::int64_t reservation_ttl_default_s = 300;

enum class SequenceMode {
  strict,  ///< each number after every number handed out before the call began
  cached,  ///< each server hands out of blocks that it leases: ascending per server, with gaps
  gapless  ///< numbers can be reserved, and come back when they are not confirmed
};

std::string_view name(SequenceMode mode);
std::optional<SequenceMode> sequence_mode(std::string_view name);

/// What a sequence hands out. Left out: as the server has it, which is 1, 2, … 2^63-1, strict.
struct SequenceDefinition {
  std::optional<std::int64_t> start;
  std::optional<std::int64_t> increment;  ///< negative: descending
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  std::optional<bool> cycle;  ///< begin again at the end of the range
  std::optional<SequenceMode> mode;
  std::optional<std::int64_t> cache;  ///< cached: how many numbers a server leases at a time
};

struct SequenceState {
  std::string name;
  SequenceMode mode = SequenceMode::strict;
  std::int64_t start = 1;
  std::int64_t increment = 1;
  std::int64_t min = 1;
  std::int64_t max = 1;
  bool cycle = false;
  std::optional<std::int64_t> next;  ///< none: exhausted
  std::int64_t wraps = 0;            ///< how often it has begun again
  std::int64_t version = 0;
  std::optional<std::int64_t> cache;     ///< cached
  std::optional<std::int64_t> gap_max;   ///< cached: how many numbers a crash can lose
  std::optional<std::int64_t> reserved;  ///< gapless: numbers that are neither free nor confirmed
  std::optional<std::int64_t> free;      ///< gapless: numbers that came back
};

struct DefinedSequence {
  SequenceState sequence;
  bool created = true;  ///< false: it was there already, with this definition
};

struct SequencePage {
  std::vector<SequenceState> sequences;
  std::string next;  ///< the cursor of the next page; empty: this was the last one
  std::int64_t revision = 0;
};

struct Drawn {
  std::vector<std::int64_t> numbers;
  std::int64_t wraps = 0;  ///< how often it has begun again among these
  std::int64_t version = 0;
  bool replayed = false;  ///< drawn already, by an earlier try
};

struct Reservation {
  std::int64_t number = 0;
  std::string token;            ///< to confirm or release it with
  std::int64_t expires_ms = 0;  ///< Unix time; free again from then on
  bool replayed = false;
};

}  // namespace dcount::client
