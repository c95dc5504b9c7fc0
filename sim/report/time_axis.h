// The run's time in bins of one round width: what every plot shares, and what bounds their size.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/report/journal_times.h"

namespace dcount::report {

inline constexpr std::int64_t bins_max = 400;

struct TimeAxis {
  bool timed = false;      ///< false: in places of the journal, not in nanoseconds
  std::int64_t width = 1;  ///< of a bin
  std::uint32_t bins = 1;

  std::uint32_t bin_of(std::int64_t time) const {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(time / width, 0, std::int64_t{bins} - 1));
  }
};

/// Bins of 1, 2 or 5 times a power of ten, at least a millisecond.
inline TimeAxis axis_of(const JournalTimes& times) {
  TimeAxis axis{.timed = times.timed};
  std::int64_t power = times.timed ? 1'000'000 : 1;
  for (int i = 0;; ++i) {
    constexpr std::int64_t steps[] = {1, 2, 5};
    axis.width = power * steps[i % 3];
    if (times.latest / axis.width < bins_max) break;
    if (i % 3 == 2) power *= 10;
  }
  axis.bins = static_cast<std::uint32_t>(times.latest / axis.width + 1);
  return axis;
}

}  // namespace dcount::report
