// Virtual time: what happens next, and when. What was asked for first happens first when two things
// fall on the same microsecond.
//
// Thread-safety: none; one world's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace dcount::world {

/// Microseconds since the run began.
using Micros = std::int64_t;
inline constexpr Micros millisecond = 1000;
inline constexpr Micros second = 1'000'000;

class EventQueue {
 public:
  using Action = std::function<void()>;

  Micros now() const { return now_; }

  void at(Micros when, Action action) {
    heap_.push_back({std::max(when, now_), next_++, std::move(action)});
    std::ranges::push_heap(heap_, later);
  }
  void after(Micros delay, Action action) { at(now_ + delay, std::move(action)); }

  /// Lets the next thing happen; false: there is none up to and including `until`.
  bool step(Micros until) {
    if (heap_.empty() || heap_.front().at > until) return false;
    std::ranges::pop_heap(heap_, later);
    Item item = std::move(heap_.back());
    heap_.pop_back();
    now_ = item.at;
    ++steps_;
    item.action();
    return true;
  }
  /// What is left when nothing more happens until then.
  void pass(Micros until) { now_ = std::max(now_, until); }

  std::uint64_t steps() const { return steps_; }

 private:
  struct Item {
    Micros at = 0;
    std::uint64_t number = 0;
    Action action;
  };
  static bool later(const Item& a, const Item& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }

  std::vector<Item> heap_;
  Micros now_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace dcount::world
