// What the engine counts about itself, for /metrics.
//
// Thread-safety: plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace dcount::engine {

/// Counts per bucket (not cumulated; the last is +Inf) with their sum.
template <std::size_t Bounds>
struct Histogram {
  std::array<double, Bounds> bounds{};
  std::array<std::uint64_t, Bounds + 1> buckets{};
  double sum = 0;

  void add(double value) {
    std::size_t bucket = 0;
    while (bucket < Bounds && value > bounds[bucket]) ++bucket;
    ++buckets[bucket];
    sum += value;
  }
};

struct Statistics {
  Histogram<10> batch_commands{{1, 2, 5, 10, 25, 50, 100, 250, 1000, 4096}};
  Histogram<10> commit_s{{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1}};
  std::uint64_t commands = 0;  ///< completed, reads included
  std::uint64_t unresolved_batches = 0;
  std::uint64_t conflicts = 0;  ///< groups that had to be decided again
  std::size_t queued = 0;
  std::size_t counters = 0;           ///< tombstones included
  std::size_t sequences = 0;          ///< stored ones, tombstones included
  std::size_t reservations_open = 0;  ///< of gapless sequences
  std::size_t item_tenants = 0;
  std::size_t items = 0;  ///< of all tenants
  std::size_t idempotency_records = 0;
  std::int64_t idempotency_window_s = 0;  ///< for how long such a record lives at present
  std::int64_t revision = 0;              ///< as clients see it
  std::int64_t revision_base = 0;         ///< what a restore has added to it
};

}  // namespace dcount::engine
