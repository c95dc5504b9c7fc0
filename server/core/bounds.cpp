#include "server/core/bounds.h"

#include <algorithm>
#include <limits>

namespace dcount::core {

Sum add_within(std::int64_t n, std::int64_t delta, const Bounds& bounds, OnLimit on_limit) {
  std::int64_t sum = 0;
  const bool overflows = __builtin_add_overflow(n, delta, &sum);
  const bool up = delta >= 0;
  const auto& bound = up ? bounds.max : bounds.min;
  if (!bound) return overflows ? Sum{Code::overflow, n, 0} : Sum{Code::ok, sum, delta};

  const bool beyond = overflows || (up ? sum > *bound : sum < *bound);
  // A step of 0 goes nowhere: it is never away from the bounds.
  if (!beyond || delta == 0) return {Code::ok, sum, delta};
  if (on_limit == OnLimit::reject) return {Code::bound_exceeded, n, 0};
  const std::int64_t stop = up ? std::max(n, *bound) : std::min(n, *bound);
  return {Code::ok, stop, stop - n};
}

Bounds narrower(const Bounds& a, const Bounds& b) {
  Bounds both = a;
  if (b.min) both.min = std::max(*b.min, a.min.value_or(std::numeric_limits<std::int64_t>::min()));
  if (b.max) both.max = std::min(*b.max, a.max.value_or(std::numeric_limits<std::int64_t>::max()));
  return both;
}

}  // namespace dcount::core
