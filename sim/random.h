// The randomness of the harness: the same seed, the same values, on every machine.
//
// Thread-safety: none; one thread's.
#pragma once

#include <cstdint>

namespace dcount {

/// SplitMix64 (Steele, Lea, Flood 2014): small, and its streams from neighbouring seeds differ.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t state) : state_(state) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15); }

 protected:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace dcount
