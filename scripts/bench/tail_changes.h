// The changes of one run, planned beforehand, and when each was sent and acknowledged: the driver
// is the only writer of its counters, so that the value a change leads to is known before the
// server answers, and a push that overtakes the answer can be told.
//
// Thread-safety: one thread writes the times (the driver), any may read them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcount::bench_tails {

/// Nanoseconds of the steady clock. 0: not yet.
using Nanoseconds = std::int64_t;

inline Nanoseconds now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Plan {
  std::vector<std::string> names;   ///< of the counters that change; one: the hot one
  std::vector<std::int64_t> bases;  ///< their values before
  double rate = 20;                 ///< changes a second
  double warmup = 1;                ///< seconds of changes that are not measured
  double seconds = 60;              ///< of those that are
};

/// Change 0, 1, … at equal distances; counters change in turn, in an order that is shuffled once.
class Changes {
 public:
  explicit Changes(Plan plan);
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  std::size_t count() const { return sent_.size(); }
  std::size_t keys() const { return plan_.names.size(); }
  /// Those before it are not measured.
  std::size_t first_measured() const { return first_measured_; }
  const std::string& name(std::size_t key) const { return plan_.names[key]; }
  std::int64_t base(std::size_t key) const { return plan_.bases[key]; }
  /// The value it has after the last change.
  std::int64_t last(std::size_t key) const;

  std::size_t key_of(std::size_t change) const { return order_[change % order_.size()]; }
  std::int64_t value_of(std::size_t change) const;
  /// The change that made `n` of a counter. Nothing when none of these did.
  std::optional<std::size_t> find(std::size_t key, std::int64_t n) const;
  /// When it is due, after the first.
  Nanoseconds due_ns(std::size_t change) const;

  void sent(std::size_t change, Nanoseconds at) { store(sent_[change], at); }
  void acknowledged(std::size_t change, Nanoseconds at) { store(acknowledged_[change], at); }
  Nanoseconds sent_ns(std::size_t change) const { return load(sent_[change]); }
  Nanoseconds acknowledged_ns(std::size_t change) const { return load(acknowledged_[change]); }

 private:
  using Time = std::atomic<Nanoseconds>;
  static void store(Time& time, Nanoseconds at) { time.store(at, std::memory_order_relaxed); }
  static Nanoseconds load(const Time& time) { return time.load(std::memory_order_relaxed); }

  Plan plan_;
  std::vector<std::size_t> order_;     ///< the key of the first, second, … change of a turn
  std::vector<std::size_t> position_;  ///< of each key in it
  std::size_t first_measured_;
  std::vector<Time> sent_, acknowledged_;
};

}  // namespace dcount::bench_tails
