#include "sim/check/counter_shape.h"

#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

/// A create that was there before anything else is where the counter begins.
void take_leading_create(const KeyView& view, CounterShape& shape) {
  if (view.operations.empty()) return;
  const Operation& first = view.at(view.operations[0]);
  bool creates = first.function == Function::create && first.outcome == Outcome::ok &&
                 first.argument != none && (first.result == none || first.result == first.argument);
  bool said = view.facts().kind != KeyFacts::Kind::unsaid;
  if (!creates || (said && view.facts().exists)) return;
  if (view.operations.size() > 1 && view.at(view.operations[1]).invoked < first.completed) return;
  if (shape.base_version != none && first.version != none &&
      first.version != shape.base_version + 1) {
    return;
  }
  shape.base = first.argument;
  shape.base_version = first.version;
  shape.exists = true;
  shape.skipped = 1;
}

bool is_write(const Operation& operation) {
  return operation.function != Function::read && operation.outcome != Outcome::fail;
}

void look_at_add(const Operation& operation, CounterShape& shape) {
  if (operation.saturated) shape.ascending = false;
  if (operation.outcome == Outcome::fail) return;
  if (operation.argument == 0) {
    shape.has_zero = true;
    return;
  }
  std::int64_t sign = operation.argument < 0 ? -1 : 1;
  if (shape.delta == 0) {
    shape.sign = sign;
    shape.delta = operation.argument == lowest ? highest : operation.argument * sign;
  } else if (sign != shape.sign) {
    shape.ascending = shape.one_delta = false;
  } else if (operation.argument != shape.delta * sign) {
    shape.one_delta = false;
  }
}

void look_at(const Operation& operation, CounterShape& shape) {
  bool saw = saw_something(operation) && operation.result != none;
  bool write = is_write(operation);
  if (saw) ++shape.saw;
  if (saw && operation.version == none) shape.versions = false;
  if (operation.function == Function::add) {
    look_at_add(operation, shape);
  } else if (operation.function != Function::read && operation.outcome != Outcome::fail) {
    shape.ascending = shape.only_adds = false;
  } else if (operation.function == Function::read && operation.outcome == Outcome::ok && !saw) {
    shape.ascending = shape.only_adds = false;
  }
  if (write && operation.outcome == Outcome::unknown) ++shape.unknown;
  bool answers = operation.result != none || operation.version != none;
  if (write && operation.outcome == Outcome::ok && !answers) ++shape.blind;
}

bool narrow(const KeyFacts& facts) { return facts.min != lowest || facts.max != highest; }

std::string bounds_text(const KeyFacts& facts) {
  auto text = [](std::int64_t bound, std::int64_t open) {
    return bound == open ? std::string("…") : std::to_string(bound);
  };
  return "[" + text(facts.min, lowest) + ", " + text(facts.max, highest) + "]";
}

/// Whether a step from `value` stays within the bound of its direction.
bool fits(const KeyFacts& facts, std::int64_t value, std::int64_t delta) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(value, delta, &sum)) return false;
  return delta >= 0 ? sum <= facts.max : sum >= facts.min;
}

/// Why the operation contradicts the bounds; empty: it does not.
std::string wrong_by_bounds(const History& history, const Operation& add, const KeyFacts& facts) {
  std::int64_t delta = add.saturated ? history.list(add)[0] : add.argument;
  std::int64_t bound = delta > 0 ? facts.max : facts.min;
  if (delta == 0 || bound == (delta > 0 ? highest : lowest)) return "";
  if (add.refused) {
    return fits(facts, add.result, delta) ? "there was room for it within " + bounds_text(facts)
                                          : "";
  }
  bool beyond = delta > 0 ? add.result > bound : add.result < bound;
  if (!add.saturated) return beyond ? "that is outside " + bounds_text(facts) : "";
  bool less = delta > 0 ? add.argument >= 0 && add.argument < delta
                        : add.argument <= 0 && add.argument > delta;
  if (!less) return "that is not a part of what was asked for";
  if (add.result != bound && !(beyond && add.argument == 0)) {
    return "it was cut short before it reached the bound of " + bounds_text(facts);
  }
  return "";
}

}  // namespace

CounterStart start_of(const KeyView& view) {
  const KeyFacts& facts = view.facts();
  if (facts.kind == KeyFacts::Kind::counter) {
    if (facts.exists) return {true, facts.initial, facts.version};
    return {false, 0, facts.version == none ? 0 : facts.version};
  }
  bool created =
      !view.operations.empty() && view.at(view.operations[0]).function == Function::create;
  return {!created, 0, none};
}

CounterShape shape_of(const KeyView& view) {
  CounterShape shape;
  const KeyFacts& facts = view.facts();
  const CounterStart start = start_of(view);
  shape.exists = start.exists;
  shape.base = start.value;
  shape.base_version = start.version;
  take_leading_create(view, shape);
  for (std::uint32_t operation : view.operations.subspan(shape.skipped)) {
    look_at(view.at(operation), shape);
  }
  if (!shape.exists) shape.ascending = shape.only_adds = false;
  if (facts.saturates && narrow(facts)) shape.ascending = false;
  if (shape.base == lowest || shape.saw + shape.blind == 0) shape.versions = false;
  return shape;
}

std::optional<Finding> find_bound_violation(std::string_view judge, const KeyView& view) {
  const KeyFacts& facts = view.facts();
  if (facts.kind != KeyFacts::Kind::counter || !narrow(facts)) return std::nullopt;
  for (std::uint32_t i : view.operations) {
    const Operation& add = view.at(i);
    if (add.function != Function::add || !saw_something(add) || add.result == none) continue;
    std::string wrong = wrong_by_bounds(view.history, add, facts);
    if (wrong.empty()) continue;
    return violation(judge, view.history, view.key, told(view.history, add) + ": " + wrong + ".",
                     {i});
  }
  return std::nullopt;
}

}  // namespace dcount::check
