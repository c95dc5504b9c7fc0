// The engine's time: wall clock at the start plus what the monotonic clock has run since, so that
// it neither jumps nor goes back while the process lives.
#pragma once

#include <chrono>

#include "server/core/command.h"

namespace dcount::engine {

/// Thread-safety: now from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual core::Now now() const = 0;
};

class SystemClock final : public Clock {
 public:
  core::Now now() const override {
    using std::chrono::duration_cast, std::chrono::milliseconds;
    const auto since_start = std::chrono::steady_clock::now() - steady_start_;
    return {wall_start_ms_ + duration_cast<milliseconds>(since_start).count()};
  }

 private:
  const std::int64_t wall_start_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count();
  const std::chrono::steady_clock::time_point steady_start_ = std::chrono::steady_clock::now();
};

}  // namespace dcount::engine
