// A limit of bytes per second: what may leave now, and when more may.
//
// Thread-safety: none; one thread's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace dcount::sim {

class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// No limit.
  TokenBucket() = default;
  /// Begins empty. At least 1 byte per second.
  TokenBucket(std::uint64_t bytes_per_second, Time now)
      : rate_(std::max<std::uint64_t>(bytes_per_second, 1)), filled_(now) {}

  bool limits() const { return rate_ > 0; }
  std::uint64_t rate() const { return rate_; }
  /// What leaves at once after a pause: 40 ms' worth.
  std::uint64_t burst() const { return std::max<std::uint64_t>(rate_ / 25, 1); }

  /// Bytes that may leave now.
  std::uint64_t available(Time now) {
    const double seconds = std::chrono::duration<double>(now - filled_).count();
    tokens_ = std::min(tokens_ + std::max(seconds, 0.0) * double(rate_), double(burst()));
    filled_ = std::max(filled_, now);
    return static_cast<std::uint64_t>(tokens_);
  }
  void spend(std::uint64_t bytes) { tokens_ -= double(bytes); }
  /// When so many bytes, or half a burst, may leave. After available().
  Time when(std::uint64_t bytes) const {
    const std::uint64_t half = std::max<std::uint64_t>(burst() / 2, 1);
    const double missing = double(std::min(bytes, half)) - tokens_;
    const std::chrono::duration<double> wait(std::max(missing, 0.0) / double(rate_));
    return filled_ + std::chrono::ceil<std::chrono::microseconds>(wait);
  }

 private:
  std::uint64_t rate_ = 0;  // 0: no limit
  double tokens_ = 0;
  Time filled_{};
};

}  // namespace dcount::sim
