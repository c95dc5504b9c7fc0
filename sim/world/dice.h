// Randomness in virtual time: what is drawn depends on who draws and when, and on nothing that was
// drawn before. An event that is left out changes nothing for those that it does not touch, which
// is what makes a failed run shrink.
//
// Thread-safety: none; one world's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/world/event_queue.h"
#include "sim/world/random.h"

namespace dcount::world {

class Dice {
 public:
  Dice(const EventQueue& time, std::uint64_t seed, std::uint64_t stream)
      : time_(time), seed_(Random(seed, stream).next()) {}

  /// For `who`, at present; another one each time.
  Random roll(std::uint64_t who) {
    if (std::exchange(last_, time_.now()) != time_.now()) rolled_.clear();
    const auto before = static_cast<std::uint64_t>(std::ranges::count(rolled_, who));
    rolled_.push_back(who);
    return Random(seed_ + static_cast<std::uint64_t>(last_), who << 32 | before);
  }

 private:
  const EventQueue& time_;
  const std::uint64_t seed_;
  Micros last_ = -1;
  std::vector<std::uint64_t> rolled_;  ///< who has, in this microsecond
};

}  // namespace dcount::world
