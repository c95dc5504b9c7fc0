#include "tests/check/oracle.h"

#include <algorithm>
#include <map>
#include <set>

namespace dcount::check {
namespace {

struct Counter {
  bool there = true;
  std::int64_t n = 0;
  std::int64_t version = none;
};
using Counters = std::vector<Counter>;

bool version_is(const Operation& operation, Counter& counter) {
  if (operation.version == none) return true;
  if (counter.version == none) counter.version = operation.version;
  return counter.version == operation.version;
}

void change(Counter& counter, std::int64_t n) {
  counter.n = n;
  if (counter.version != none) ++counter.version;
}

bool add(const History& history, const KeyFacts& facts, const Operation& operation,
         Counter& counter) {
  if (!counter.there) {
    if (!operation.creates) return false;
    counter.there = true;
    change(counter, 0);
  }
  std::int64_t asked = operation.saturated ? history.list(operation)[0] : operation.argument;
  std::int64_t sum = counter.n + asked;
  bool fits = asked == 0 || (asked > 0 ? sum <= facts.max : sum >= facts.min);
  std::int64_t applied = asked;
  if (!fits) {
    bool may_cut =
        operation.saturated || (operation.outcome == Outcome::unknown && facts.saturates);
    if (!may_cut) return false;
    applied = asked > 0 ? std::max<std::int64_t>(0, facts.max - counter.n)
                        : std::min<std::int64_t>(0, facts.min - counter.n);
  }
  if (operation.saturated && (fits || applied != operation.argument)) return false;
  change(counter, counter.n + applied);
  bool value = operation.result == none || operation.result == counter.n;
  return value && version_is(operation, counter);
}

bool refused(const KeyFacts& facts, const Operation& operation, Counter& counter) {
  if (operation.result == none) return true;
  if (!counter.there || counter.n != operation.result) return false;
  bool over = operation.argument > 0 && counter.n + operation.argument > facts.max;
  bool under = operation.argument < 0 && counter.n + operation.argument < facts.min;
  return (over || under) && version_is(operation, counter);
}

bool count(const History& history, const Operation& operation, Counters& counters) {
  Counter& counter = counters[operation.key];
  const KeyFacts& facts = history.facts[operation.key];
  bool known = operation.outcome == Outcome::ok;
  if (operation.refused) return refused(facts, operation, counter);
  switch (operation.function) {
    case Function::add:
      return add(history, facts, operation, counter);
    case Function::read:
      if (!known) return false;
      if (operation.result == none) return !counter.there && version_is(operation, counter);
      return counter.there && counter.n == operation.result && version_is(operation, counter);
    case Function::reset:
      if (!counter.there || (operation.result != none && operation.result != 0)) return false;
      change(counter, 0);
      return version_is(operation, counter);
    case Function::remove:
      if (known && operation.result != (counter.there ? 1 : 0)) return false;
      if (counter.there) change(counter, 0);
      counter.there = false;
      return version_is(operation, counter);
    case Function::create:
      if (!counter.there) {
        change(counter, operation.argument);
        counter.there = true;
      } else if (!known) {
        return false;
      }
      return (operation.result == none || operation.result == counter.n) &&
             version_is(operation, counter);
    default:
      return false;
  }
}

struct Draws {
  std::int64_t next = 0;  ///< strict: the next number
  std::set<std::int64_t> used;
  std::map<std::int64_t, std::uint32_t> reserved;  ///< by process
};

std::int64_t lowest_free(const Draws& draws, std::int64_t from) {
  while (draws.used.count(from) > 0 || draws.reserved.count(from) > 0) ++from;
  return from;
}

bool draw_gapless(const History& history, const Operation& operation, Draws& draws) {
  std::int64_t start = history.facts[0].start;
  bool known = operation.outcome == Outcome::ok;
  switch (operation.function) {
    case Function::next:
      for (std::int64_t i = 0; i < operation.argument; ++i) {
        std::int64_t number = lowest_free(draws, start);
        if (known && history.list(operation)[static_cast<std::size_t>(i)] != number) return false;
        draws.used.insert(number);
      }
      return true;
    case Function::reserve: {
      std::int64_t number = lowest_free(draws, start);
      draws.reserved[number] = operation.process;
      return !known || operation.result == number;
    }
    case Function::confirm:
    case Function::release: {
      auto found = draws.reserved.find(operation.argument);
      if (found == draws.reserved.end() || found->second != operation.process) return false;
      draws.reserved.erase(found);
      if (operation.function == Function::confirm) draws.used.insert(operation.argument);
      return true;
    }
    default:
      return false;
  }
}

bool draw_strict(const History& history, const Operation& operation, Draws& draws) {
  const KeyFacts& facts = history.facts[0];
  for (std::int64_t i = 0; i < operation.argument; ++i) {
    if (draws.next > facts.max) {
      if (!facts.cycle) return false;
      draws.next = facts.min;
    }
    if (operation.outcome == Outcome::ok &&
        history.list(operation)[static_cast<std::size_t>(i)] != draws.next) {
      return false;
    }
    draws.next += facts.increment;
  }
  return true;
}

using Tenants = std::vector<std::set<std::int64_t>>;

bool use_items(const History& history, const Operation& operation, Tenants& tenants) {
  std::set<std::int64_t>& tenant = tenants[operation.key];
  auto list = history.list(operation);
  bool known = operation.outcome == Outcome::ok;
  if (operation.function == Function::items) {
    auto before = static_cast<std::int64_t>(tenant.size());
    tenant.insert(list.begin(), list.end());
    return !known || operation.result == none ||
           operation.result == static_cast<std::int64_t>(tenant.size()) - before;
  }
  if (!known) return false;
  if (operation.function == Function::count) {
    return operation.result == static_cast<std::int64_t>(tenant.size());
  }
  return tenant.size() == list.size() &&
         std::all_of(list.begin(), list.end(), [&](std::int64_t id) { return tenant.count(id); });
}

}  // namespace

bool counters_have_an_order(const History& history) {
  Counters start;
  for (const KeyFacts& facts : history.facts) {
    start.push_back(facts.exists ? Counter{true, facts.initial, facts.version}
                                 : Counter{false, 0, facts.version == none ? 0 : facts.version});
  }
  auto apply = [&](const Operation& operation, Counters& state) {
    return count(history, operation, state);
  };
  return EveryOrder(history, start, apply).exists();
}

bool draws_have_an_order(const History& history) {
  bool gapless = history.facts[0].mode == KeyFacts::Mode::gapless;
  auto apply = [&](const Operation& operation, Draws& state) {
    return gapless ? draw_gapless(history, operation, state)
                   : draw_strict(history, operation, state);
  };
  return EveryOrder(history, Draws{.next = history.facts[0].start}, apply).exists();
}

bool items_have_an_order(const History& history) {
  auto apply = [&](const Operation& operation, Tenants& state) {
    return use_items(history, operation, state);
  };
  return EveryOrder(history, Tenants(history.keys.size()), apply).exists();
}

}  // namespace dcount::check
