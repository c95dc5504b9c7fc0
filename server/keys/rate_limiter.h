// How many requests a key may make: a bucket of as many tokens as it has requests a minute, which
// fills again evenly. Each server counts for itself: over n servers a key has n times its rate.
//
// Thread-safety: take from any thread; it never waits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace dcount::keys {

/// Of one key. Kept as the time at which the bucket will be full (GCRA), one number.
class RateLimiter {
 public:
  using Time = std::chrono::nanoseconds;  ///< since whenever, of a clock that never goes back

  struct Verdict {
    bool granted = true;
    std::int64_t remaining = 0;          ///< tokens that are left
    std::chrono::seconds next_token{0};  ///< until there is one again, rounded up; 0: there is one
    std::chrono::seconds full{0};        ///< until all are back, rounded up
  };

  /// Takes a token if there is one. `rate_per_minute` is at least 1, and always the same.
  Verdict take(std::int64_t rate_per_minute, Time now);

 private:
  std::atomic<std::int64_t> full_at_ns_{0};
};

}  // namespace dcount::keys
