#include "sim/check/counter_model.h"

namespace dcount::check {
namespace {

/// `versions` changes have been made; what the answer says about the version has to agree.
bool count_version(const Operation& operation, std::int64_t versions, ModelState& state) {
  if (state.version != none) state.version += versions;
  if (operation.version == none) return true;
  if (state.version == none) state.version = operation.version;
  return state.version == operation.version;
}

bool agrees(const Operation& operation, const ModelState& state) {
  return operation.result == none || operation.result == state.value;
}

bool saw_value(const Operation& operation, ModelState& state) {
  return state.exists && operation.result == state.value && count_version(operation, 0, state);
}

/// Whether a step may go to `value`: only the bound of its direction counts.
bool allowed(const KeyFacts& facts, std::int64_t delta, std::int64_t value) {
  if (delta > 0) return value <= facts.max;
  return delta == 0 || value >= facts.min;
}

bool refused_rightly(const Operation& operation, const KeyFacts& facts) {
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  std::int64_t delta = operation.argument;
  if (operation.function != Function::add || delta == 0) return true;
  if (delta > 0 ? facts.max == highest : facts.min == lowest) return true;  // no bound is known
  std::int64_t sum = 0;
  if (__builtin_add_overflow(operation.result, delta, &sum)) return true;
  return !allowed(facts, delta, sum);
}

bool add(const Operation& operation, const History& history, const KeyFacts& facts,
         ModelState& state) {
  std::int64_t versions = 1;
  if (!state.exists) {
    if (!operation.creates) return false;
    state.exists = true;
    state.value = 0;
    versions = 2;
  }
  bool may_be_cut = operation.saturated || (facts.saturates && operation.outcome != Outcome::ok);
  std::int64_t delta = operation.saturated ? history.list(operation)[0] : operation.argument;
  std::int64_t sum = 0;
  bool over = __builtin_add_overflow(state.value, delta, &sum);
  if (over || !allowed(facts, delta, sum)) {
    if (!may_be_cut) return false;
    std::int64_t bound = delta > 0 ? facts.max : facts.min;
    bool beyond = delta > 0 ? state.value > bound : state.value < bound;
    sum = beyond ? state.value : bound;
    if (operation.saturated && sum - state.value != operation.argument) return false;
  } else if (operation.saturated) {
    return false;
  }
  state.value = sum;
  return agrees(operation, state) && count_version(operation, versions, state);
}

bool remove(const Operation& operation, ModelState& state) {
  bool existed = state.exists;
  if (operation.result != none && operation.result != (existed ? 1 : 0)) return false;
  if (!existed && operation.outcome != Outcome::ok) return false;
  state.exists = false;
  state.value = 0;
  return count_version(operation, existed ? 1 : 0, state);
}

bool create(const Operation& operation, ModelState& state) {
  if (state.exists) {
    if (operation.outcome != Outcome::ok) return false;
    return agrees(operation, state) && count_version(operation, 0, state);
  }
  state.exists = true;
  state.value = operation.argument == none ? 0 : operation.argument;
  return agrees(operation, state) && count_version(operation, 1, state);
}

}  // namespace

bool apply(const Operation& operation, const History& history, const KeyFacts& facts,
           ModelState& state) {
  if (operation.refused) {
    if (operation.result == none) return true;
    return saw_value(operation, state) && refused_rightly(operation, facts);
  }
  switch (operation.function) {
    case Function::read:
      if (operation.result != none) return saw_value(operation, state);
      return !state.exists && count_version(operation, 0, state);
    case Function::add:
      return add(operation, history, facts, state);
    case Function::reset:
      if (!state.exists || facts.min > 0 || facts.max < 0) return false;
      state.value = 0;
      return agrees(operation, state) && count_version(operation, 1, state);
    case Function::remove:
      return remove(operation, state);
    case Function::create:
      return create(operation, state);
    default:
      return false;
  }
}

}  // namespace dcount::check
