// The client's time: a clock and a way to wait, so that tests need neither.
//
// Thread-safety: `steady` may be used from any thread.
#pragma once

#include <chrono>

namespace dcount::client {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() = 0;
  virtual void sleep(Duration time) = 0;

  /// The real one; lives for ever.
  static Clock& steady();
};

}  // namespace dcount::client
