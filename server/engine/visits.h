// Who wants to look at the state on the engine's thread, between batches: in turn, and never for
// long.
//
// Thread-safety: none; the engine's thread. A Visit is a plain value.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

namespace dcount::engine {

struct Visit {
  std::function<void()> visit;
  bool urgent = false;
};

class Visits {
 public:
  bool empty() const { return waiting_.empty(); }

  /// Behind those that wait; urgent ones behind the urgent ones.
  void add(std::vector<Visit>&& fresh) {
    const auto first = std::ranges::find(waiting_, false, &Visit::urgent);
    const auto others = std::stable_partition(fresh.begin(), fresh.end(),
                                              [](const Visit& it) { return it.urgent; });
    waiting_.insert(first, std::move_iterator(fresh.begin()), std::move_iterator(others));
    std::ranges::move(others, fresh.end(), std::back_inserter(waiting_));
  }

  /// All the urgent ones; of the others as many as there is time for, one at least.
  void run() {
    const auto begun = Clock::now();
    while (!waiting_.empty()) {
      const Visit next = std::move(waiting_.front());
      waiting_.pop_front();
      next.visit();
      if (!next.urgent && Clock::now() - begun >= time_max) return;
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds time_max{200};  // about what a batch takes to sync

  std::deque<Visit> waiting_;
};

}  // namespace dcount::engine
