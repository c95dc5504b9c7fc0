// The engine's clock, put wrong on command: it jumps, and it runs fast or slow.
//
// A jump back and `right` make it go back, which the machine's own clock (server/engine/clock.h)
// never does while a process lives.
//
// Thread-safety: every method from any thread.
#pragma once

#include <cmath>
#include <mutex>

#include "server/engine/clock.h"

namespace dcount::faulty {

class FaultyClock final : public engine::Clock {
 public:
  core::Now now() const override {
    const std::int64_t right_ms = right_.now().unix_ms;
    const std::lock_guard lock(mutex_);
    return {right_ms + offset_at(right_ms)};
  }

  /// Now, by so much; negative: back.
  void jump(std::int64_t ms) {
    const std::lock_guard lock(mutex_);
    jumped_ms_ += ms;
  }

  /// From now on so many microseconds too fast in each second; negative: too slow. What it is off
  /// already stays.
  void drift(double ppm) {
    const std::int64_t right_ms = right_.now().unix_ms;
    const std::lock_guard lock(mutex_);
    jumped_ms_ = offset_at(right_ms);
    drift_ppm_ = ppm;
    drifts_since_ms_ = right_ms;
  }

  /// From now on right.
  void heal() {
    const std::lock_guard lock(mutex_);
    jumped_ms_ = 0;
    drift_ppm_ = 0;
  }

  /// Ahead of the right time; negative: behind.
  std::int64_t offset_ms() const {
    const std::int64_t right_ms = right_.now().unix_ms;
    const std::lock_guard lock(mutex_);
    return offset_at(right_ms);
  }
  double drift_ppm() const {
    const std::lock_guard lock(mutex_);
    return drift_ppm_;
  }

 private:
  std::int64_t offset_at(std::int64_t right_ms) const {  // wants mutex_ held
    const auto drifted = static_cast<double>(right_ms - drifts_since_ms_) * drift_ppm_ / 1e6;
    return jumped_ms_ + std::llround(drifted);
  }

  const engine::SystemClock right_;
  mutable std::mutex mutex_;
  std::int64_t jumped_ms_ = 0;
  double drift_ppm_ = 0;
  std::int64_t drifts_since_ms_ = 0;
};

}  // namespace dcount::faulty
