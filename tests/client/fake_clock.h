// Time that passes only by sleeping.
//
// Thread-safety: none; it belongs to one Client.
#pragma once

#include "client/clock.h"

namespace dcount::test {

class FakeClock : public client::Clock {
 public:
  client::TimePoint now() override { return now_; }
  void sleep(client::Duration time) override {
    now_ += time;
    slept += time;
  }
  client::Duration slept{0};

 private:
  client::TimePoint now_ = client::TimePoint{} + std::chrono::hours(1);
};

}  // namespace dcount::test
