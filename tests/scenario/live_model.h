// What a service that never fails would answer, one command after the other: counters with bounds,
// a strict and a gapless sequence, items. So dumb that it can be checked by reading it.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace dcount::test {

struct ModelCounter {
  std::int64_t n = 0;
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
};

/// What becomes of a step of a counter.
enum class Step { done, missing, refused };

struct Stepped {
  Step how = Step::done;
  std::int64_t n = 0;        ///< afterwards; refused: as it was
  std::int64_t applied = 0;  ///< differs from what was asked when a bound saturated it
};

struct LiveModel {
  std::map<int, ModelCounter> counters;

  std::int64_t drawn = 0;  ///< the strict sequence's last number

  enum class Settled { open, confirmed, released };
  std::int64_t gapless_last = 0;        ///< no greater number was ever taken
  std::set<std::int64_t> gapless_free;  ///< below it
  std::vector<std::pair<std::int64_t, Settled>> reservations;

  std::map<int, std::set<int>> items;  ///< of each tenant

  Stepped step(int counter, std::int64_t delta, bool saturate, bool create) {
    auto found = counters.find(counter);
    if (found == counters.end()) {
      if (!create) return {Step::missing};
      found = counters.emplace(counter, ModelCounter{}).first;
    }
    ModelCounter& it = found->second;
    std::int64_t n = it.n + delta;
    const bool over = delta > 0 ? it.max && n > *it.max : it.min && n < *it.min;
    if (over && !saturate) return {Step::refused, it.n, 0};
    if (over) n = delta > 0 ? *it.max : *it.min;
    const std::int64_t applied = n - it.n;
    it.n = n;
    return {Step::done, n, applied};
  }

  /// The index of the operation that is refused, and then nothing happens; or nothing, and it has.
  std::optional<std::size_t> batch(const std::vector<std::pair<int, std::int64_t>>& operations) {
    const auto before = counters;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (step(operations[i].first, operations[i].second, false, false).how == Step::done) continue;
      counters = before;
      return i;
    }
    return std::nullopt;
  }

  std::int64_t take_gapless() {
    if (gapless_free.empty()) return ++gapless_last;
    const std::int64_t lowest = *gapless_free.begin();
    gapless_free.erase(gapless_free.begin());
    return lowest;
  }

  /// Whether the reservation can be settled so; again and again the same way.
  bool settle(std::size_t which, Settled how) {
    auto& [number, state] = reservations.at(which);
    if (state != Settled::open) return state == how;
    state = how;
    if (how == Settled::released) gapless_free.insert(number);
    return true;
  }

  std::int64_t add_items(const std::vector<std::pair<int, int>>& added) {
    std::int64_t fresh = 0;
    for (const auto& [tenant, item] : added) fresh += items[tenant].insert(item).second ? 1 : 0;
    return fresh;
  }
};

}  // namespace dcount::test
