// See tail_changes.h.
#include "tail_changes.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

namespace dcount::bench_tails {
namespace {

std::size_t changes_in(double rate, double seconds) {
  return static_cast<std::size_t>(rate * seconds + 0.5);
}

}  // namespace

Changes::Changes(Plan plan)
    : plan_(std::move(plan)),
      order_(plan_.names.size()),
      position_(plan_.names.size()),
      first_measured_(changes_in(plan_.rate, plan_.warmup)),
      sent_(first_measured_ + changes_in(plan_.rate, plan_.seconds)),
      acknowledged_(sent_.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::shuffle(order_.begin(), order_.end(), std::mt19937_64(1));
  for (std::size_t i = 0; i < order_.size(); ++i) position_[order_[i]] = i;
}

std::int64_t Changes::last(std::size_t key) const {
  const std::size_t rest = count() % keys() > position_[key] ? 1 : 0;
  return base(key) + static_cast<std::int64_t>(count() / keys() + rest);
}

std::int64_t Changes::value_of(std::size_t change) const {
  return base(key_of(change)) + static_cast<std::int64_t>(change / keys()) + 1;
}

std::optional<std::size_t> Changes::find(std::size_t key, std::int64_t n) const {
  if (n <= base(key) || n > last(key)) return std::nullopt;
  return static_cast<std::size_t>(n - base(key) - 1) * keys() + position_[key];
}

Nanoseconds Changes::due_ns(std::size_t change) const {
  return static_cast<Nanoseconds>(static_cast<double>(change) * 1e9 / plan_.rate);
}

}  // namespace dcount::bench_tails
