#include "sim/check/known_states.h"

#include <algorithm>

#include "sim/check/counter_shape.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

bool is_counter(const KeyView& view) {
  if (view.facts().kind != KeyFacts::Kind::unsaid) {
    return view.facts().kind == KeyFacts::Kind::counter;
  }
  return !view.operations.empty() && view.at(view.operations[0]).function <= Function::remove;
}

/// May change the counter.
bool writes(const Operation& operation) {
  return operation.outcome != Outcome::fail && operation.function < Function::next &&
         operation.function != Function::read;
}

/// Whether an answer with a version tells the value at that version, and which.
bool tells_state(const Operation& operation, std::int64_t& value) {
  if (!saw_something(operation) || operation.version == none) return false;
  value = operation.result;
  if (operation.function == Function::remove) value = none;
  bool absent = operation.function == Function::read || operation.function == Function::remove;
  return value != none || (absent && !operation.refused);
}

/// Whether the version that it was answered with is certainly its own work.
bool made_it(const Operation& operation) {
  if (!writes(operation) || operation.outcome != Outcome::ok) return false;
  if (operation.function == Function::remove) return operation.result == 1;
  return operation.function != Function::create;  // that may have found one
}

std::string valued(std::int64_t value) {
  return value == none ? "no counter" : std::to_string(value);
}

}  // namespace

KnownStates::KnownStates(const KeyView& view) : view_(view), judged_(is_counter(view)) {
  if (!judged_) return;
  CounterStart start = start_of(view);
  start_exists_ = start.exists;
  start_value_ = start.value;
  start_version_ = start.version;
  for (std::uint32_t place : view.operations) take(place);
  for (std::uint32_t place : view.operations) take_state(place);
  CounterShape shape = shape_of(view);
  one_way_ = shape.ascending && !shape.has_zero && shape.exists && !view.facts().saturates;
  order_states();
  reach();
  find_final_read();
}

void KnownStates::take(std::uint32_t place) {
  const Operation& operation = view_.at(place);
  if (!writes(operation)) return;
  std::int64_t value = none;
  bool told = operation.outcome == Outcome::ok && tells_state(operation, value);
  bool nothing = operation.function == Function::remove && operation.result == 0;
  all_told_ &= told || nothing;
  if ((!told && !nothing) || operation.function == Function::create) {
    untold_asked_ = std::min(untold_asked_, operation.invoked);
  }
  if (operation.outcome != Outcome::ok) {
    unknown_ = true;
    return;
  }
  last_answered_ = std::max(last_answered_, operation.completed);
  if (!nothing) last_acknowledged_asked_ = std::max(last_acknowledged_asked_, operation.invoked);
}

void KnownStates::take_state(std::uint32_t place) {
  const Operation& operation = view_.at(place);
  State state{.operation = place};
  if (operation.function >= Function::next || !tells_state(operation, state.value)) return;
  state.version = operation.version;
  state.made = made_it(operation);
  if (state.made) {
    state.asked = operation.invoked;
  } else if (operation.function == Function::create) {
    state.asked = std::min(untold_asked_, operation.invoked);
  } else {
    state.asked = untold_asked_ == never ? 0 : untold_asked_;
  }
  states_.push_back(state);
}

void KnownStates::order_states() {
  if (start_version_ != none) {
    states_.push_back({.version = start_version_, .value = start_exists_ ? start_value_ : none});
  }
  // The one that made it first: others saw the same, or another judge says so.
  std::stable_sort(states_.begin(), states_.end(), [](const State& a, const State& b) {
    return a.version != b.version ? a.version < b.version : a.made > b.made;
  });
  states_.erase(std::unique(states_.begin(), states_.end(),
                            [](const State& a, const State& b) { return a.version == b.version; }),
                states_.end());
  asked_behind_.assign(states_.size() + 1, never);
  for (std::size_t i = states_.size(); i-- > 0;) {
    asked_behind_[i] = std::min(asked_behind_[i + 1], states_[i].asked);
  }
  by_value_.resize(states_.size());
  for (std::uint32_t i = 0; i < by_value_.size(); ++i) by_value_[i] = i;
  std::stable_sort(by_value_.begin(), by_value_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return states_[a].value < states_[b].value;
  });
}

void KnownStates::reach() {
  Reach now{.absent = !start_exists_};
  Wide lowest_base = start_exists_ ? start_value_ : 0;
  Wide highest_base = lowest_base;
  Wide down = 0;
  Wide up = 0;
  auto base = [&](std::int64_t value) {
    lowest_base = std::min<Wide>(lowest_base, value);
    highest_base = std::max<Wide>(highest_base, value);
  };
  now.low = now.high = lowest_base;
  reaches_.push_back(now);
  for (std::uint32_t place : view_.operations) {
    const Operation& operation = view_.at(place);
    if (!writes(operation)) continue;
    now.versions += operation.creates ? 2 : 1;
    if (operation.function == Function::add) {
      (operation.argument < 0 ? down : up) += operation.argument;
      if (operation.creates) base(0);
    } else {
      base(operation.function == Function::create && operation.argument != none ? operation.argument
                                                                                : 0);
      now.absent |= operation.function == Function::remove;
    }
    now.asked = operation.invoked;
    now.low = lowest_base + down;
    now.high = highest_base + up;
    reaches_.push_back(now);
  }
}

void KnownStates::find_final_read() {
  for (std::uint32_t place : view_.operations) {
    const Operation& read = view_.at(place);
    if (read.function != Function::read || read.outcome != Outcome::ok) continue;
    if (read.invoked > last_answered_) final_read_ = place;
  }
}

const KnownStates::State* KnownStates::state_at(std::int64_t version) const {
  auto found =
      std::lower_bound(states_.begin(), states_.end(), version,
                       [](const State& state, std::int64_t v) { return state.version < v; });
  return found == states_.end() || found->version != version ? nullptr : &*found;
}

std::int64_t KnownStates::version_of(std::int64_t value) const {
  if (!all_told_ && !one_way_) return none;
  bool at_start = value == (start_exists_ ? start_value_ : none);
  if (at_start && start_version_ == none) return none;
  auto less = [&](std::uint32_t state, std::int64_t v) { return states_[state].value < v; };
  auto found = std::lower_bound(by_value_.begin(), by_value_.end(), value, less);
  if (found == by_value_.end() || states_[*found].value != value) return none;
  if (found + 1 != by_value_.end() && states_[*(found + 1)].value == value) return none;
  return states_[*found].version;
}

Index KnownStates::next_asked(std::int64_t version) const {
  auto next =
      std::upper_bound(states_.begin(), states_.end(), version,
                       [](std::int64_t v, const State& state) { return v < state.version; });
  // Whatever follows comes through the very next version.
  if (next != states_.end() && next->version == version + 1 && next->made) return next->asked;
  auto place = static_cast<std::size_t>(next - states_.begin());
  return std::min(untold_asked_, asked_behind_[place]);
}

std::uint32_t KnownStates::maker_of(std::int64_t version) const {
  const State* state = state_at(version);
  return state == nullptr || !state->made ? no_operation : state->operation;
}

std::uint32_t KnownStates::maker_behind(std::int64_t version) const {
  auto next =
      std::upper_bound(states_.begin(), states_.end(), version,
                       [](std::int64_t v, const State& state) { return v < state.version; });
  while (next != states_.end() && !next->made) ++next;
  return next == states_.end() ? no_operation : next->operation;
}

std::optional<std::string> KnownStates::why_impossible(std::int64_t value, std::int64_t version,
                                                       Index by) const {
  if (const State* state = version == none ? nullptr : state_at(version)) {
    std::string told = state->operation == no_operation
                           ? "it began with " + valued(state->value)
                           : check::told(view_.history, view_.at(state->operation));
    if (state->value != value) return "at that version " + told;
    if (state->made && state->asked > by) return "only later, " + told;
    return std::nullopt;
  }
  if (auto why = out_of_reach(value, version, by)) return why;
  // A create that found one is an answer, and no change.
  if (!all_told_) return std::nullopt;
  if (value == (start_exists_ ? start_value_ : none)) return std::nullopt;
  auto less = [&](std::uint32_t state, std::int64_t v) { return states_[state].value < v; };
  auto found = std::lower_bound(by_value_.begin(), by_value_.end(), value, less);
  for (; found != by_value_.end() && states_[*found].value == value; ++found) {
    if (states_[*found].asked < by) return std::nullopt;
  }
  return "every change asked for by then was answered, and none with " + valued(value);
}

std::optional<std::string> KnownStates::out_of_reach(std::int64_t value, std::int64_t version,
                                                     Index by) const {
  auto next = std::upper_bound(reaches_.begin() + 1, reaches_.end(), by,
                               [](Index at, const Reach& reach) { return at < reach.asked; });
  const Reach& reach = *(next - 1);
  if (value == none) {
    if (reach.absent) return std::nullopt;
    return "nobody had asked for a deletion by then";
  }
  if (value < reach.low || value > reach.high) {
    bool above = value > reach.high;
    return "all that had been asked for by then cannot bring it " +
           std::string(above ? "above " : "below ") +
           std::to_string(static_cast<std::int64_t>(above ? reach.high : reach.low));
  }
  if (version != none && start_version_ != none && version - start_version_ > reach.versions) {
    return "only " + counted(static_cast<std::uint64_t>(reach.versions), "change") +
           " had been asked for by then, from version " + std::to_string(start_version_);
  }
  return std::nullopt;
}

}  // namespace dcount::check
