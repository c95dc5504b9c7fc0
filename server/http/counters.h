// The live counters of one loop, behind statistics.h.
//
// Thread-safety: written by the loop's thread only, read from any: relaxed, so a reading is a
// moment old and its numbers need not agree to the last request.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "server/http/route_table.h"
#include "server/http/statistics.h"

namespace dcount::http {

/// A counter with one writer: no locked instruction.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.store(get() + n, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class LoopCounters {
 public:
  explicit LoopCounters(std::size_t routes);

  void answered(std::size_t route, int status, std::chrono::nanoseconds latency);
  void refused(int status);

  /// Adds this loop's counts; `sum.routes` has an entry per route already.
  void add_to(Statistics& sum) const;

 private:
  struct PerRoute {
    std::array<Counter, 5> by_status_class;
    std::array<Counter, latency_bounds_s.size() + 1> latency_buckets;
    Counter latency_ns;
  };
  static constexpr int status_max = 600;

  std::unique_ptr<PerRoute[]> routes_;
  std::size_t route_count_;
  std::array<Counter, status_max> refused_;
};

}  // namespace dcount::http
