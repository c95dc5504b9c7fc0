#include "server/keys/rate_limiter.h"

#include <algorithm>

namespace dcount::keys {
namespace {

constexpr std::int64_t minute_ns = std::int64_t{60} * 1'000'000'000;

/// Rounded up.
std::chrono::seconds seconds_in(std::int64_t ns) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  return std::chrono::seconds(ns <= 0 ? 0 : (ns + second_ns - 1) / second_ns);
}

}  // namespace

RateLimiter::Verdict RateLimiter::take(std::int64_t rate_per_minute, Time now) {
  // Beyond a token a nanosecond there is no limit worth the name.
  const std::int64_t token_ns = std::max<std::int64_t>(1, minute_ns / rate_per_minute);
  const std::int64_t bucket_ns = token_ns * std::min(rate_per_minute, minute_ns);
  std::int64_t known = full_at_ns_.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t full_at = std::max(known, now.count()) + token_ns;
    const std::int64_t over = full_at - now.count() - bucket_ns;
    if (over > 0) {
      return {.granted = false,
              .remaining = 0,
              .next_token = seconds_in(over),
              .full = seconds_in(known - now.count())};
    }
    if (full_at_ns_.compare_exchange_weak(known, full_at, std::memory_order_relaxed)) {
      const std::int64_t remaining = -over / token_ns;
      return {.granted = true,
              .remaining = remaining,
              .next_token = seconds_in(remaining > 0 ? 0 : over + token_ns),
              .full = seconds_in(full_at - now.count())};
    }
  }
}

}  // namespace dcount::keys
