#include "sim/check/search_judge.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "sim/check/counter_model.h"
#include "sim/check/counter_shape.h"
#include "sim/check/search_problem.h"
#include "sim/check/version_order.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Two independent 64-bit hashes: a mistake would be a wrong verdict.
struct Fingerprint {
  std::uint64_t a = 0;
  std::uint64_t b = 0;

  void toggle(std::uint64_t x) {
    a ^= mix(x);
    b ^= mix(x ^ 0x5851f42d4c957f2d);
  }
  bool operator==(const Fingerprint&) const = default;
  struct Hash {
    std::size_t operator()(const Fingerprint& f) const { return f.a; }
  };
};
constexpr std::size_t bytes_per_fingerprint = 48;

using Problem = SearchProblem;
using Part = SearchPart;
using Step = SearchStep;

class Search {
 public:
  Search(const Problem& problem, const SearchLimits& limits, Clock::time_point deadline)
      : problem_(problem), limits_(limits), deadline_(deadline), states_(problem.start) {
    places_ = order_.build(problem);
    for (std::uint32_t i = 0; i < states_.size(); ++i) toggle_state(i);
    link();
  }

  Found run();

 private:
  struct Frame {
    std::uint32_t step = 0;
    std::uint32_t undo = 0;  ///< size of undo_ before it
    std::uint32_t kin = 0;   ///< class + 1 of an unknown one; 0: not unknown
    bool forced = false;     ///< nothing else need be tried in its place
  };
  struct Kin {
    std::vector<std::uint32_t> members;  ///< by invocation
    std::size_t used = 0;
  };

  void link();
  void make_kin();
  bool out_of_limits();
  void toggle_state(std::uint32_t counter);
  bool apply_step(const Step& step);
  bool is_next(const Step& step) const;
  bool is_forced(const Step& step) const;
  void undo_to(std::size_t size);
  bool take(std::uint32_t step, std::uint32_t kin);
  std::uint32_t give_back();
  void unlink(std::uint32_t step);
  void relink(std::uint32_t step);
  bool find_next(std::uint32_t from);

  const Problem& problem_;
  const SearchLimits& limits_;
  const Clock::time_point deadline_;
  std::vector<ModelState> states_;
  std::vector<std::pair<std::uint32_t, ModelState>> undo_;
  std::vector<Frame> frames_;
  std::unordered_set<Fingerprint, Fingerprint::Hash> seen_;
  Fingerprint here_;
  std::uint64_t tried_ = 0;

  // Steps that ended, not yet in the order: by invocation, and by completion.
  std::vector<std::uint32_t> known_;
  std::vector<std::uint32_t> next_, previous_;
  std::vector<std::uint32_t> next_end_, previous_end_;
  std::uint32_t end_ = 0;  ///< the lists' sentinel
  std::size_t left_ = 0;
  std::vector<Kin> kin_;
  VersionOrder order_;
  std::vector<std::uint32_t> places_;  ///< of parts, in it
};

void Search::link() {
  auto count = static_cast<std::uint32_t>(problem_.steps.size());
  end_ = count;
  next_.assign(count + 1, end_);
  previous_ = next_end_ = previous_end_ = next_;
  std::vector<std::uint32_t> by_end;
  std::uint32_t last = end_;
  auto append = [&](std::vector<std::uint32_t>& next, std::vector<std::uint32_t>& previous,
                    std::uint32_t step) {
    next[last] = step;
    previous[step] = last;
    last = step;
    next[step] = end_;
    previous[end_] = step;
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    if (problem_.steps[i].completed == never) continue;
    append(next_, previous_, i);
    by_end.push_back(i);
  }
  std::sort(by_end.begin(), by_end.end(), [&](std::uint32_t a, std::uint32_t b) {
    return problem_.steps[a].completed < problem_.steps[b].completed;
  });
  last = end_;
  for (std::uint32_t i : by_end) append(next_end_, previous_end_, i);
  left_ = by_end.size();
  make_kin();
}

void Search::make_kin() {
  using Likeness = std::vector<std::tuple<std::uint32_t, Function, std::int64_t, bool>>;
  std::map<Likeness, std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < problem_.steps.size(); ++i) {
    const Step& step = problem_.steps[i];
    if (step.completed != never) continue;
    Likeness likeness;
    for (std::uint32_t k = 0; k < step.parts; ++k) {
      const Part& part = problem_.parts[step.first_part + k];
      likeness.emplace_back(part.counter, part.operation.function, part.operation.argument,
                            part.operation.creates);
    }
    auto [found, fresh] =
        numbers.emplace(std::move(likeness), static_cast<std::uint32_t>(kin_.size()));
    if (fresh) kin_.emplace_back();
    kin_[found->second].members.push_back(i);
  }
}

bool Search::out_of_limits() {
  ++tried_;
  return tried_ > limits_.steps_max ||
         seen_.size() * bytes_per_fingerprint > limits_.memory_bytes_max ||
         ((tried_ & 1023) == 0 && Clock::now() > deadline_);
}

void Search::toggle_state(std::uint32_t counter) {
  const ModelState& state = states_[counter];
  std::uint64_t hash =
      mix(static_cast<std::uint64_t>(state.value) ^ (state.exists ? 1ULL << 63 : 0));
  hash = mix(hash ^ static_cast<std::uint64_t>(state.version));
  here_.toggle(hash + counter);
}

void Search::undo_to(std::size_t size) {
  for (; undo_.size() > size; undo_.pop_back()) {
    auto& [counter, state] = undo_.back();
    toggle_state(counter);
    states_[counter] = state;
    toggle_state(counter);
  }
}

bool Search::apply_step(const Step& step) {
  std::size_t before = undo_.size();
  for (std::uint32_t i = 0; i < step.parts; ++i) {
    const Part& part = problem_.parts[step.first_part + i];
    ModelState state = states_[part.counter];
    if (!apply(part.operation, *problem_.history, *problem_.facts[part.counter], state)) {
      undo_to(before);
      return false;
    }
    if (state == states_[part.counter]) continue;
    if (places_[step.first_part + i] == VersionOrder::unversioned &&
        !order_.may_make(part.counter, state)) {
      undo_to(before);
      return false;
    }
    undo_.emplace_back(part.counter, states_[part.counter]);
    toggle_state(part.counter);
    states_[part.counter] = state;
    toggle_state(part.counter);
  }
  return true;
}

/// Whether all that have to come before it by version have come.
bool Search::is_next(const Step& step) const {
  for (std::uint32_t i = step.first_part; i < step.first_part + step.parts; ++i) {
    if (places_[i] == VersionOrder::unversioned) continue;
    if (!order_.is_next(problem_.parts[i].counter, places_[i])) return false;
  }
  return true;
}

/// Whether what can come now by version and state may as well come at once: it has no other place
/// in its counters' orders, and for the others it makes no difference. Creations may be somebody
/// else's.
bool Search::is_forced(const Step& step) const {
  for (std::uint32_t i = step.first_part; i < step.first_part + step.parts; ++i) {
    const Operation& operation = problem_.parts[i].operation;
    if (places_[i] == VersionOrder::unversioned || operation.creates) return false;
    if (operation.function == Function::create) return false;
    if (states_[problem_.parts[i].counter].version == none) return false;
  }
  return true;
}

void Search::unlink(std::uint32_t step) {
  const Step& taken = problem_.steps[step];
  for (std::uint32_t i = taken.first_part; i < taken.first_part + taken.parts; ++i) {
    if (places_[i] != VersionOrder::unversioned) {
      order_.take(problem_.parts[i].counter, places_[i]);
    }
  }
  next_[previous_[step]] = next_[step];
  previous_[next_[step]] = previous_[step];
  next_end_[previous_end_[step]] = next_end_[step];
  previous_end_[next_end_[step]] = previous_end_[step];
  --left_;
}

void Search::relink(std::uint32_t step) {
  const Step& taken = problem_.steps[step];
  for (std::uint32_t i = taken.first_part; i < taken.first_part + taken.parts; ++i) {
    if (places_[i] != VersionOrder::unversioned) {
      order_.give_back(problem_.parts[i].counter, places_[i]);
    }
  }
  next_[previous_[step]] = previous_[next_[step]] = step;
  next_end_[previous_end_[step]] = previous_end_[next_end_[step]] = step;
  ++left_;
}

/// Puts the step next in the order, unless that leads where the search has been.
bool Search::take(std::uint32_t step, std::uint32_t kin) {
  std::size_t undo = undo_.size();
  if (kin == 0 && !is_next(problem_.steps[step])) return false;
  bool forced = kin == 0 && is_forced(problem_.steps[step]);
  if (!apply_step(problem_.steps[step])) return false;
  Fingerprint mark = here_;
  here_.toggle(~std::uint64_t{step});
  if (!seen_.insert(here_).second) {
    here_ = mark;
    undo_to(undo);
    return false;
  }
  if (kin == 0) {
    unlink(step);
  } else {
    ++kin_[kin - 1].used;
  }
  frames_.push_back({step, static_cast<std::uint32_t>(undo), kin, forced});
  return true;
}

/// Takes the last step out again; what to try after it: a step, or behind all steps a kin.
std::uint32_t Search::give_back() {
  Frame frame = frames_.back();
  frames_.pop_back();
  here_.toggle(~std::uint64_t{frame.step});
  undo_to(frame.undo);
  if (frame.kin != 0) {
    --kin_[frame.kin - 1].used;
    return end_ + frame.kin;
  }
  relink(frame.step);
  if (frame.forced) return end_ + static_cast<std::uint32_t>(kin_.size()) + 1;  // nothing else
  return next_[frame.step];
}

/// The next step that can come now, from the given one on: those that ended, by invocation, then
/// the kins of unknown ones. Nothing may come that began after something left has ended.
bool Search::find_next(std::uint32_t from) {
  Index limit = problem_.steps[next_end_[end_]].completed;
  std::uint32_t step = from;
  for (; step < end_; step = next_[step]) {
    if (problem_.steps[step].invoked > limit) break;
    if (take(step, 0)) return true;
  }
  std::uint32_t kin = step > end_ ? step - end_ : 0;
  for (; kin < kin_.size(); ++kin) {
    const Kin& here = kin_[kin];
    if (here.used == here.members.size()) continue;
    std::uint32_t member = here.members[here.used];
    if (problem_.steps[member].invoked < limit && take(member, kin + 1)) return true;
  }
  return false;
}

Found Search::run() {
  std::uint32_t from = next_[end_];
  while (left_ > 0) {
    if (out_of_limits()) return Found::gave_up;
    if (find_next(from)) {
      from = next_[end_];
    } else if (frames_.empty()) {
      return Found::no_order;
    } else {
      from = give_back();
    }
  }
  return Found::order;
}

/// Whether an operation says or does anything to a counter.
bool matters(const Operation& operation) {
  if (operation.outcome == Outcome::fail) return operation.refused && operation.result != none;
  return operation.function != Function::read || operation.outcome == Outcome::ok;
}

Problem make_problem(std::span<const KeyView> views) {
  Problem problem{.history = &views[0].history};
  std::vector<Part> parts;
  for (std::uint32_t i = 0; i < views.size(); ++i) {
    CounterStart start = start_of(views[i]);
    problem.facts.push_back(&views[i].facts());
    problem.start.push_back({start.exists, start.value, start.version});
    for (std::uint32_t place : views[i].operations) {
      if (matters(views[i].at(place))) parts.push_back({views[i].at(place), i, place});
    }
  }
  // The parts of a batch stand side by side in the history.
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.place < b.place; });
  problem.parts = std::move(parts);
  for (std::uint32_t i = 0; i < problem.parts.size(); ++i) {
    const Operation& operation = problem.parts[i].operation;
    std::uint32_t group = operation.group;
    bool same = i > 0 && group != 0 && problem.parts[i - 1].operation.group == group;
    if (same) {
      ++problem.steps.back().parts;
    } else {
      problem.steps.push_back({i, 1, operation.invoked, operation.completed});
    }
  }
  return problem;
}

/// The same without what step `left_out` says: a read that was never, a write that is unknown.
Problem relaxed(const Problem& problem, std::uint32_t left_out) {
  Problem less = problem;
  Step& step = less.steps[left_out];
  const Operation& operation = less.parts[step.first_part].operation;
  bool reads = operation.refused || operation.function == Function::read;
  if (reads || operation.outcome == Outcome::unknown) {
    less.steps.erase(less.steps.begin() + left_out);
    return less;
  }
  step.completed = never;
  for (std::uint32_t i = 0; i < step.parts; ++i) {
    Operation& part = less.parts[step.first_part + i].operation;
    part.outcome = Outcome::unknown;
    part.result = part.version = none;
    if (part.saturated) part.argument = problem.history->list(part)[0];
    part.saturated = false;
  }
  return less;
}

/// Leaves out what can be left out. Unknown operations only ever help: they stay.
void shrink(Problem& problem, const SearchLimits& limits, Clock::time_point deadline) {
  for (std::uint32_t i = static_cast<std::uint32_t>(problem.steps.size()); i-- > 0;) {
    if (problem.steps[i].completed == never) continue;
    Problem less = relaxed(problem, i);
    if (Search(less, limits, deadline).run() == Found::no_order) problem = std::move(less);
  }
}

Finding describe(const Problem& problem, std::span<const KeyView> views) {
  Finding finding{.judge = "search", .key = views.size() == 1 ? views[0].name() : ""};
  finding.verdict = Verdict::invalid;
  std::string& text = finding.witness.text;
  constexpr std::size_t told_max = 12;
  std::size_t known = 0;
  text = "No order explains these: ";
  for (const Step& step : problem.steps) {
    if (step.completed == never) continue;
    for (std::uint32_t i = 0; i < step.parts && known < told_max; ++i) {
      const Part& part = problem.parts[step.first_part + i];
      if (known > 0 || i > 0) text += "; ";
      text += told(*problem.history, problem.history->operations[part.place]);
      if (views.size() > 1) text += " on " + problem.history->keys[part.operation.key];
    }
    ++known;
    finding.witness.operations.push_back(step.invoked);
  }
  if (known > told_max) text += "; and " + std::to_string(known - told_max) + " more";
  const ModelState& start = problem.start[0];
  text += ". ";
  if (problem.start.size() == 1) {
    text += start.exists ? "The counter began at " + std::to_string(start.value) + ". "
                         : std::string("There was no counter at the beginning. ");
  }
  text += "That is so whatever the other operations were answered, and wherever they belong";
  // What else there is, as far as it can be told in a line.
  constexpr std::size_t others_max = 6;
  std::string others;
  std::size_t count = 0;
  for (const Step& step : problem.steps) {
    if (step.completed != never || ++count > others_max) continue;
    const Part& part = problem.parts[step.first_part];
    others += (others.empty() ? "" : ", ") +
              named(*problem.history, problem.history->operations[part.place]);
    if (step.parts > 1) others += " and the rest of its batch";
  }
  text += others.empty() ? "." : ": " + others + (count > others_max ? ", …" : ".");
  return finding;
}

}  // namespace

Finding judge_search(const KeyView& view, const SearchLimits& limits) {
  return judge_search(std::span(&view, 1), limits);
}

Finding judge_search(std::span<const KeyView> views, const SearchLimits& limits) {
  Finding finding{.judge = "search", .key = views.size() == 1 ? views[0].name() : ""};
  Problem problem = make_problem(views);
  auto deadline = Clock::now() + limits.time_max;
  Found found = Search(problem, limits, deadline).run();
  finding.summary = counted(problem.steps.size(), "operation") + " searched for an order";
  if (found == Found::gave_up) {
    finding.verdict = Verdict::unknown;
    finding.summary = "the search for an order of " + counted(problem.steps.size(), "operation") +
                      " reached its limit";
  }
  if (found != Found::no_order) return finding;
  if (problem.steps.size() <= limits.shrunk_operations_max) {
    shrink(problem, limits, Clock::now() + std::min(limits.time_max, limits.shrinking_time_max));
  }
  return describe(problem, views);
}

}  // namespace dcount::check
