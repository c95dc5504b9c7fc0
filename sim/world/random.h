// Choices by seed and stream.
//
// Thread-safety: none; a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/random.h"

namespace dcount::world {

class Random : public SplitMix64 {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0)
      : SplitMix64(mix(seed) ^ mix(stream * 0x632be59bd9b4e019U + 1)) {}

  /// 0 <= it < n; n at least 1.
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
  }
  std::size_t place(std::size_t size) {
    return static_cast<std::size_t>(below(static_cast<std::int64_t>(size)));
  }
  /// Both ends included.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + below(most - least + 1);
  }
  bool one_in(std::int64_t n) { return below(n) == 0; }

  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[place(of.size())];
  }
};

}  // namespace dcount::world
