#include "sim/check/filling.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "sim/check/wide.h"

namespace dcount::check {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Whether a step of `delta` to `value` is within the bound of its direction.
bool allowed(const FillingRules& rules, std::int64_t delta, std::int64_t value) {
  if (delta > 0) return value <= rules.max;
  return delta == 0 || value >= rules.min;
}

/// Fillers that do the same and need not be used; which of them is matters only for when it may be.
struct Kind {
  Filler example;
  std::vector<Filler> fillers;  ///< by invocation; the first `used` are in use
  std::size_t used = 0;
};

/// What to use next: one that has to be used, or the next of a kind.
struct Choice {
  std::uint32_t kind = 0;
  std::uint32_t due = 0;  ///< place in `fillers_`; no_due: of the kind
};
constexpr std::uint32_t nothing =
    std::numeric_limits<std::uint32_t>::max();  ///< kind: none is used
constexpr std::uint32_t no_due = std::numeric_limits<std::uint32_t>::max();

/// A place in the search: what is to be done from here, and what was tried.
struct Frame {
  CounterState state;
  std::int64_t steps = 0;
  std::uint32_t piece = 0;
  std::uint32_t tried = 0;  ///< of its candidates
  bool may_leave = false;   ///< Piece::or_created: to be tried before the candidates
  Choice choice;
};

class Search {
 public:
  Search(const std::vector<Piece>& pieces, std::vector<Filler> fillers, Index after_all,
         const FillingRules& rules)
      : pieces_(pieces), fillers_(std::move(fillers)), after_all_(after_all), rules_(rules) {
    make_kinds();
  }

  Filling run();

 private:
  using Due = std::set<std::pair<Index, std::uint32_t>>;  ///< and places in fillers_

  void make_kinds();
  bool enter(std::size_t piece, CounterState state, std::int64_t steps);
  bool leave(std::size_t piece);
  bool advance();
  void find_candidates(const Frame& frame);
  void find_due(const Piece& piece);
  bool try_choice(Frame& frame, const Choice& choice);
  bool hopeless(const Piece& piece, const CounterState& state, std::int64_t steps) const;
  bool is_late(Index after) const { return !due_.empty() && due_.begin()->first <= after; }
  void take(const Choice& choice);
  void give_back(const Choice& choice);
  const Filler& filler_of(const Choice& choice) const {
    return choice.due == no_due ? kinds_[choice.kind].example : fillers_[choice.due];
  }
  std::uint64_t key(const Frame& frame) const;
  void note_dead(std::size_t piece);
  void collect_used();

  const std::vector<Piece>& pieces_;
  std::vector<Filler> fillers_;  ///< those that have to be used
  const Index after_all_;
  const FillingRules rules_;
  std::vector<Kind> kinds_;
  Due due_;             ///< not in use, by completion
  Due due_by_invoked_;  ///< the same, by invocation
  std::vector<Frame> frames_;
  std::vector<Choice> candidates_;
  std::unordered_set<std::uint64_t> dead_;
  std::uint64_t in_use_ = 0;  ///< a hash
  std::uint64_t work_ = 0;
  bool one_kind_ = true;
  bool only_adds_ = true;
  std::int64_t delta_min_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t delta_max_ = std::numeric_limits<std::int64_t>::min();
  bool succeeded_ = false;
  Filling result_;
};

void Search::make_kinds() {
  std::map<std::tuple<Function, std::int64_t, bool>, std::uint32_t> numbers;
  std::vector<Filler> due;
  for (const Filler& filler : fillers_) {
    auto [found, fresh] =
        numbers.emplace(std::tuple(filler.function, filler.argument, filler.creates),
                        static_cast<std::uint32_t>(kinds_.size()));
    if (fresh) kinds_.push_back({.example = filler});
    only_adds_ &= filler.function == Function::add && !filler.creates;
    delta_min_ = std::min(delta_min_, filler.argument);
    delta_max_ = std::max(delta_max_, filler.argument);
    if (filler.completed == never) {
      kinds_[found->second].fillers.push_back(filler);
    } else {
      due.push_back(filler);
    }
  }
  fillers_ = std::move(due);
  for (std::uint32_t i = 0; i < fillers_.size(); ++i) {
    due_.emplace(fillers_[i].completed, i);
    due_by_invoked_.emplace(fillers_[i].invoked, i);
  }
  for (Kind& kind : kinds_) {
    std::sort(kind.fillers.begin(), kind.fillers.end(),
              [](const Filler& a, const Filler& b) { return a.invoked < b.invoked; });
    kind.example.completed = never;
  }
  // Where a bound cuts short, unknown ones may be cut, and acknowledged ones were not.
  one_kind_ = kinds_.size() < 2 && !rules_.saturates;
}

void Search::note_dead(std::size_t piece) {
  if (piece < result_.piece) return;
  result_.piece = piece;
  result_.has_lost = is_late(piece < pieces_.size() ? pieces_[piece].after : after_all_);
  if (result_.has_lost) result_.lost = fillers_[due_.begin()->second].operation;
}

/// From the end of a piece to the next.
bool Search::leave(std::size_t piece) {
  ++piece;
  if (is_late(piece < pieces_.size() ? pieces_[piece].after : after_all_)) {
    note_dead(piece);
    return false;
  }
  if (piece < pieces_.size()) return enter(piece, pieces_[piece].from, pieces_[piece].steps);
  succeeded_ = true;
  return true;
}

/// Goes to a place in a piece, and on when the piece is done. False: nothing leads on from there.
bool Search::enter(std::size_t piece, CounterState state, std::int64_t steps) {
  const Piece& here = pieces_[piece];
  bool there = here.any_value ? state.exists : state == here.to;
  if (here.steps == Piece::until_used) there = due_.empty();
  bool open = here.steps < 0 ? !there : steps > 0;
  if (!open && there) return leave(piece);
  if (!open || hopeless(here, state, steps)) {
    note_dead(piece);
    return false;
  }
  Frame frame{.state = state, .steps = steps, .piece = static_cast<std::uint32_t>(piece)};
  frame.may_leave = here.or_created && steps == 1 && !state.exists;
  if (!one_kind_ && dead_.count(key(frame)) > 0) return false;
  frames_.push_back(frame);
  return true;
}

bool Search::hopeless(const Piece& piece, const CounterState& state, std::int64_t steps) const {
  if (piece.steps == Piece::until_used || piece.or_created) return false;
  if (!only_adds_ || rules_.saturates || piece.any_value) return false;
  if (!state.exists || !piece.to.exists) return true;
  Wide rest = static_cast<Wide>(piece.to.value) - state.value;
  if (piece.steps == Piece::any_number) return rest < delta_min_;
  return rest < static_cast<Wide>(steps) * delta_min_ ||
         rest > static_cast<Wide>(steps) * delta_max_;
}

/// Those that have to be used, and may be here, soonest due first: invoked before anything behind
/// the piece had ended, and before another one ended that has no place yet. So these all overlap
/// one moment: they are few.
void Search::find_due(const Piece& piece) {
  if (due_.empty()) return;
  Index limit = std::min(piece.before, due_.begin()->first);
  for (const auto& [invoked, place] : due_by_invoked_) {
    if (invoked >= limit) break;
    candidates_.push_back({.due = place});
  }
  std::sort(candidates_.begin(), candidates_.end(), [&](const Choice& a, const Choice& b) {
    return fillers_[a.due].completed < fillers_[b.due].completed;
  });
  if (one_kind_ && !candidates_.empty()) candidates_.resize(1);
}

void Search::find_candidates(const Frame& frame) {
  const Piece& piece = pieces_[frame.piece];
  candidates_.clear();
  find_due(piece);
  if (one_kind_ && !candidates_.empty()) return;
  Index limit = due_.empty() ? piece.before : std::min(piece.before, due_.begin()->first);
  // The last step has to be the right one.
  bool last = frame.steps == 1 && piece.steps > 0 && !piece.any_value && !rules_.saturates &&
              frame.state.exists && piece.to.exists;
  for (std::uint32_t i = 0; i < kinds_.size(); ++i) {
    const Kind& kind = kinds_[i];
    if (kind.used == kind.fillers.size() || kind.fillers[kind.used].invoked >= limit) continue;
    bool add = kind.example.function == Function::add;
    if (last && add &&
        static_cast<Wide>(frame.state.value) + kind.example.argument != piece.to.value) {
      continue;
    }
    candidates_.push_back({.kind = i, .due = no_due});
  }
}

void Search::take(const Choice& choice) {
  if (choice.kind == nothing) return;
  if (choice.due == no_due) {
    in_use_ ^= mix((std::uint64_t{choice.kind} << 32) + ++kinds_[choice.kind].used);
    return;
  }
  due_.erase({fillers_[choice.due].completed, choice.due});
  due_by_invoked_.erase({fillers_[choice.due].invoked, choice.due});
  in_use_ ^= mix(~std::uint64_t{choice.due});
}

void Search::give_back(const Choice& choice) {
  if (choice.kind == nothing) return;
  if (choice.due == no_due) {
    in_use_ ^= mix((std::uint64_t{choice.kind} << 32) + kinds_[choice.kind].used--);
    return;
  }
  due_.insert({fillers_[choice.due].completed, choice.due});
  due_by_invoked_.insert({fillers_[choice.due].invoked, choice.due});
  in_use_ ^= mix(~std::uint64_t{choice.due});
}

std::uint64_t Search::key(const Frame& frame) const {
  std::uint64_t hash = mix(static_cast<std::uint64_t>(frame.state.value));
  hash = mix(hash ^ (std::uint64_t{frame.piece} << 1 | (frame.state.exists ? 1 : 0)));
  return mix(hash ^ static_cast<std::uint64_t>(frame.steps)) ^ in_use_;
}

bool Search::try_choice(Frame& frame, const Choice& choice) {
  const std::uint32_t piece_number = frame.piece;
  const Piece& piece = pieces_[piece_number];
  CounterState state = frame.state;
  std::int64_t taken = 0;
  if (!apply_unknown(filler_of(choice), rules_, state, taken)) return false;
  std::int64_t steps = frame.steps;
  if (piece.steps >= 0) {
    steps -= taken;
    if (steps < 0) return false;
  } else if (piece.steps == Piece::any_number && state.value > piece.to.value) {
    return false;
  }
  frame.choice = choice;
  take(choice);
  if (enter(piece_number, state, steps)) return true;  // `frame` may have moved
  give_back(choice);
  return false;
}

/// One step of the search; false: nothing is left to try.
bool Search::advance() {
  Frame& frame = frames_.back();
  if (frame.may_leave) {
    frame.may_leave = false;
    frame.choice = {.kind = nothing};
    return leave(frame.piece) || advance();
  }
  find_candidates(frame);
  work_ += 1 + candidates_.size();
  while (frame.tried < candidates_.size()) {
    const Choice choice = candidates_[frame.tried++];
    if (try_choice(frame, choice)) return true;
  }
  note_dead(frame.piece);
  if (!one_kind_) dead_.insert(key(frame));
  frames_.pop_back();
  if (frames_.empty()) return false;
  give_back(frames_.back().choice);
  return true;
}

void Search::collect_used() {
  std::vector<std::size_t> uses(kinds_.size());
  result_.used_end.assign(pieces_.size(), 0);
  for (const Frame& frame : frames_) {
    const Choice& choice = frame.choice;
    if (choice.kind != nothing) {
      result_.used.push_back(choice.due == no_due
                                 ? kinds_[choice.kind].fillers[uses[choice.kind]++].operation
                                 : fillers_[choice.due].operation);
    }
    result_.used_end[frame.piece] = result_.used.size();
  }
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    result_.used_end[i] = std::max(result_.used_end[i], result_.used_end[i - 1]);
  }
}

Filling Search::run() {
  result_.filled = Filled::no;
  if (is_late(pieces_.empty() ? after_all_ : pieces_[0].after)) {
    note_dead(0);
    return result_;
  }
  succeeded_ = pieces_.empty();
  if (!succeeded_) enter(0, pieces_[0].from, pieces_[0].steps);
  while (!succeeded_ && !frames_.empty()) {
    if (work_ > rules_.work_max) {
      result_.filled = Filled::gave_up;
      return result_;
    }
    advance();
  }
  if (!succeeded_) return result_;
  result_.filled = Filled::yes;
  collect_used();
  return result_;
}

}  // namespace

bool apply_unknown(const Filler& filler, const FillingRules& rules, CounterState& state,
                   std::int64_t& steps) {
  steps = 1;
  switch (filler.function) {
    case Function::add: {
      if (!state.exists && !filler.creates) return false;
      if (!state.exists) state = {true, 0}, steps = 2;
      std::int64_t sum = 0;
      bool over = __builtin_add_overflow(state.value, filler.argument, &sum);
      if (over || !allowed(rules, filler.argument, sum)) {
        // One that was acknowledged would have said that it was cut short.
        if (!rules.saturates || filler.completed != never) return false;
        std::int64_t bound = filler.argument > 0 ? rules.max : rules.min;
        bool beyond = filler.argument > 0 ? state.value > bound : state.value < bound;
        sum = beyond ? state.value : bound;
      }
      state.value = sum;
      return true;
    }
    case Function::reset:
      if (!state.exists || rules.min > 0 || rules.max < 0) return false;
      state.value = 0;
      return true;
    case Function::remove:
      if (!state.exists) return false;
      state = {false, 0};
      return true;
    case Function::create:
      if (state.exists) return false;
      state = {true, filler.argument};
      return true;
    default:
      return false;
  }
}

Filling fill(const std::vector<Piece>& pieces, std::vector<Filler> fillers, Index after_all,
             const FillingRules& rules) {
  return Search(pieces, std::move(fillers), after_all, rules).run();
}

}  // namespace dcount::check
