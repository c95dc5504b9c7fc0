// Choices that a seed decides: the same seed, the same choices, on every machine.
//
// Thread-safety: none; one thread's.
#pragma once

#include <cstdint>

namespace dcount::sim {

/// SplitMix64 (Steele, Lea, Flood 2014): small, and its streams from neighbouring seeds differ.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
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

 private:
  std::uint64_t state_;
};

}  // namespace dcount::sim
