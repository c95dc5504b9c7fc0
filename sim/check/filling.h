// Which operations of unknown effect or place explain the steps of a counter that nobody was
// answered with.
//
// Between two places whose states are known lies a piece: from a state, in so many steps (or in any
// number), to a state. Fillers are unknown operations, which may be used once or never, and
// acknowledged ones that do not say when they took effect, which have to be used once, in a piece
// or, where there is no piece for it (Piece::until_used), behind the last one. A filler fits a
// piece when it was invoked before anything behind the piece had ended, and ended after everything
// before the piece had begun; both limits only rise from piece to piece.
//
// Exact, and without a choice, for fillers of one kind (one delta): then the one that ended first
// is taken first. With several kinds a search, depth first, that remembers dead ends: exact too,
// but it gives up after `work_max`.
//
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "sim/check/history.h"

namespace dcount::check {

struct CounterState {
  bool exists = true;
  std::int64_t value = 0;

  bool operator==(const CounterState&) const = default;
};

struct Filler {
  std::uint32_t operation = 0;
  Index invoked = 0;
  Index completed = never;  ///< never: need not be used
  Function function = Function::add;
  bool creates = false;
  std::int64_t argument = 0;
};

struct Piece {
  static constexpr std::int64_t any_number = -1;
  static constexpr std::int64_t until_used =
      -2;  ///< the last one: until all are used that have to be

  CounterState from;
  CounterState to;
  bool any_value = false;  ///< any state that exists will do for `to`
  /// The last step may be somebody's who was answered, and who created the counter: so no counter,
  /// one step before, will do, too.
  bool or_created = false;
  std::int64_t steps = any_number;  ///< any_number: only with deltas above 0
  Index before = never;             ///< fillers are invoked before
  Index after = 0;                  ///< and completed after
};

struct FillingRules {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  bool saturates = false;
  std::uint64_t work_max = 20'000'000;  ///< choices looked at
};

enum class Filled : std::uint8_t { yes, no, gave_up };

struct Filling {
  Filled filled = Filled::yes;
  std::size_t piece = 0;   ///< no: the furthest that could not be filled
  std::uint32_t lost = 0;  ///< no: the filler that had to be used before that piece
  bool has_lost = false;
  std::vector<std::uint32_t> used;    ///< yes: operations, in their order
  std::vector<std::size_t> used_end;  ///< yes: where each piece's end in it
};

/// `after` of the end: unused fillers that have to be used must have completed after it.
Filling fill(const std::vector<Piece>& pieces, std::vector<Filler> fillers, Index after_all,
             const FillingRules& rules = {});

/// What an operation makes of a state: false when it does nothing there. `steps` is how many
/// versions it takes.
bool apply_unknown(const Filler& filler, const FillingRules& rules, CounterState& state,
                   std::int64_t& steps);

}  // namespace dcount::check
