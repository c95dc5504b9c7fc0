// What a sequence is defined to hand out, and the arithmetic of walking along it, exact up to both
// ends of int64.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace dcount::core {

enum class SequenceMode : std::uint8_t {
  strict,   ///< each number after every number handed out before the call began
  cached,   ///< servers lease blocks and hand out from memory: ascending per server
  gapless,  ///< numbers may be reserved, and come back when released or expired: lowest first
};

inline constexpr std::int64_t cache_default = 100;
inline constexpr std::int64_t cache_max = 1'000'000;

struct Definition {
  std::int64_t start = 1;
  std::int64_t increment = 1;
  std::int64_t min = 1;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  bool cycle = false;  ///< after the last number comes min (ascending) or max (descending)
  SequenceMode mode = SequenceMode::strict;
  std::int64_t cache = 0;  ///< cached: how many numbers a server leases at a time; otherwise 0

  bool operator==(const Definition&) const = default;
};

/// Why a definition makes no sense.
enum class DefinitionFault : std::uint8_t {
  none,
  increment_zero,
  min_above_max,
  start_below_min,
  start_above_max,
  cache_out_of_range,    ///< cached: 1 to cache_max
  cache_without_cached,  ///< a cache in another mode
  gapless_cycle,         ///< a number that was confirmed must never come again
};

DefinitionFault fault_of(const Definition& definition);

/// The fault's name on the wire.
std::string_view to_string(DefinitionFault fault);

std::string_view to_string(SequenceMode mode);
std::optional<SequenceMode> sequence_mode_named(std::string_view name);

/// "forward" (1, 2, … 2^63-1, 1, …) and "reverse" (2^63-1, … 1, 2^63-1, …) exist from the start and
/// are fixed. nullopt: `name` is neither.
std::optional<Definition> fixed_definition(std::string_view name);

/// Where a sequence stands: the number that comes next or, at the end of the range, nothing (a
/// cycling sequence wraps with the next draw, not before).
struct Position {
  std::int64_t next = 1;
  bool ended = false;

  bool operator==(const Position&) const = default;
};

/// `count` numbers from `first`, `step` apart.
struct NumberRun {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;

  bool operator==(const NumberRun&) const = default;
};

/// A stretch of a sequence.
struct Walk {
  std::vector<NumberRun> runs;  ///< one more for each wrap
  Position after;
  std::int64_t wraps = 0;
};

/// True when `count` numbers (at least 1) are left; always for a cycling sequence.
bool has_left(const Definition& definition, const Position& at, std::int64_t count);

/// How many numbers are left, or `count_max` when that many are.
std::int64_t left_up_to(const Definition& definition, const Position& at, std::int64_t count_max);

/// The next `count` numbers (at least 1), which are left.
Walk walk(const Definition& definition, const Position& at, std::int64_t count);

/// Where the next `count` numbers (at least 1), which are left, lead to: walk without the numbers,
/// in constant time.
struct Advance {
  Position after;
  std::int64_t wraps = 0;
};
Advance advance(const Definition& definition, const Position& at, std::int64_t count);

/// The number at `place`, counted from 0 at the start, of a sequence that does not cycle. It is
/// within the range.
std::int64_t number_at(const Definition& definition, std::uint64_t place);

/// The number that a draw would begin with; nullopt: exhausted.
std::optional<std::int64_t> next_number(const Definition& definition, const Position& at);

/// Adds to runs, joining it to the last one where it continues that.
void append_number(std::vector<NumberRun>& runs, std::int64_t number, std::int64_t step);

}  // namespace dcount::core
