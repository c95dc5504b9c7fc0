#include "sim/check/version_order.h"

#include <algorithm>

namespace dcount::check {
namespace {

bool makes_version(const Operation& operation) {
  if (operation.outcome != Outcome::ok) return false;
  return operation.function == Function::add || operation.function == Function::reset ||
         (operation.function == Function::remove && operation.result == 1);
}

std::int64_t position_of(const Operation& operation) {
  return operation.version * 2 + (makes_version(operation) ? 0 : 1);
}

bool has_position(const Operation& operation) {
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max() / 4;
  bool told = operation.outcome == Outcome::ok || operation.refused;
  return told && operation.version != none && operation.version > -highest &&
         operation.version < highest;
}

}  // namespace

VersionOrder::Seen& VersionOrder::seen_of(Order& order, std::int64_t version) {
  auto found = std::lower_bound(order.seen.begin(), order.seen.end(), version,
                                [](const Seen& seen, std::int64_t v) { return seen.version < v; });
  return *found;
}

/// What the answer says of its version, and of the one before.
void VersionOrder::note(Order& order, const Operation& operation) {
  Seen& seen = seen_of(order, operation.version);
  seen.made |= makes_version(operation);
  if (operation.result != none && operation.function != Function::remove) {
    seen.has_state = true;
    seen.state = {true, operation.result, none};
  }
  bool from_value = operation.function == Function::add && operation.outcome == Outcome::ok &&
                    operation.result != none && !operation.creates;
  if (!from_value) return;
  Seen& before = seen_of(order, operation.version - 1);
  if (before.has_state) return;
  before.has_state =
      !__builtin_sub_overflow(operation.result, operation.argument, &before.state.value);
  before.state.exists = true;
}

std::vector<std::uint32_t> VersionOrder::build(const SearchProblem& problem) {
  orders_.resize(problem.start.size());
  // Parts may belong to no step any more.
  std::vector<std::uint32_t> parts;
  for (const SearchStep& step : problem.steps) {
    for (std::uint32_t i = step.first_part; i < step.first_part + step.parts; ++i) {
      if (has_position(problem.parts[i].operation)) parts.push_back(i);
    }
  }
  for (std::uint32_t i : parts) {
    const SearchPart& part = problem.parts[i];
    Order& order = orders_[part.counter];
    order.positions.push_back(position_of(part.operation));
    order.seen.push_back({.version = part.operation.version});
    order.seen.push_back({.version = part.operation.version - 1});
  }
  for (Order& order : orders_) {
    std::sort(order.positions.begin(), order.positions.end());
    order.positions.erase(std::unique(order.positions.begin(), order.positions.end()),
                          order.positions.end());
    order.left.resize(order.positions.size());
    std::sort(order.seen.begin(), order.seen.end(),
              [](const Seen& a, const Seen& b) { return a.version < b.version; });
    order.seen.erase(
        std::unique(order.seen.begin(), order.seen.end(),
                    [](const Seen& a, const Seen& b) { return a.version == b.version; }),
        order.seen.end());
  }
  std::vector<std::uint32_t> places(problem.parts.size(), unversioned);
  for (std::uint32_t i : parts) {
    const SearchPart& part = problem.parts[i];
    Order& order = orders_[part.counter];
    auto found = std::lower_bound(order.positions.begin(), order.positions.end(),
                                  position_of(part.operation));
    places[i] = static_cast<std::uint32_t>(found - order.positions.begin());
    ++order.left[places[i]];
    note(order, part.operation);
  }
  return places;
}

bool VersionOrder::may_make(std::uint32_t counter, const ModelState& state) const {
  const Order& order = orders_[counter];
  if (state.version == none || order.seen.empty()) return true;
  auto found = std::lower_bound(order.seen.begin(), order.seen.end(), state.version,
                                [](const Seen& seen, std::int64_t v) { return seen.version < v; });
  if (found == order.seen.end() || found->version != state.version) return true;
  if (found->made) return false;
  return !found->has_state || (state.exists && state.value == found->state.value);
}

}  // namespace dcount::check
