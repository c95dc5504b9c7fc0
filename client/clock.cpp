#include "client/clock.h"

#include <thread>

namespace dcount::client {
namespace {

class SteadyClock : public Clock {
 public:
  TimePoint now() override { return std::chrono::steady_clock::now(); }
  void sleep(Duration time) override { std::this_thread::sleep_for(time); }
};

}  // namespace

Clock& Clock::steady() {
  static SteadyClock clock;
  return clock;
}

}  // namespace dcount::client
