// Choices that a seed decides.
//
// Thread-safety: none; one thread's.
#pragma once

#include <cstdint>

#include "sim/random.h"

namespace dcount::sim {

class Random : public SplitMix64 {
 public:
  explicit Random(std::uint64_t seed) : SplitMix64(seed) {}

  /// 0 to n - 1; n at least 1.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// At least `low`, less than `high`.
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
  }
  bool chance(double probability) { return between(0.0, 1.0) < probability; }
};

}  // namespace dcount::sim
