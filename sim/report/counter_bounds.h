// What a counter's value could be at each moment, by what its clients know, and what they saw:
//
//   acknowledged <= value <= acknowledged + what is under way or unknown
//
// For the eye; it judges nothing. The same for the distinct ids of a tenant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/verdict.h"
#include "sim/report/time_axis.h"

namespace dcount::report {

inline constexpr std::size_t counters_max = 12;
inline constexpr std::size_t outliers_max = 50;  ///< of one counter

/// A value that somebody saw and that its bounds do not allow. The first ones of a counter are
/// told.
struct Outlier {
  check::Index operation = 0;  ///< its `invoked`
  std::uint32_t process = 0;
  std::int64_t at = 0;  ///< when it was seen
  double value = 0;
  double least = 0;  ///< acknowledged when it was asked for
  double most = 0;   ///< that may have been applied when it was answered
};

struct CounterBounds {
  std::string key;
  std::string without_bounds;  ///< why there are none; "": there are
  std::uint64_t operations = 0;
  std::uint64_t unknown = 0;
  // At the end of each bin.
  std::vector<double> least;
  std::vector<double> most;
  /// What was seen in a bin. "Above": less `least` at the moment when it was asked for, so that 0
  /// and `room` are what is allowed.
  struct Seen {
    std::uint32_t bin = 0;
    double min = 0;
    double max = 0;
    double above_min = 0;
    double above_max = 0;
    double room = 0;
    std::uint32_t outside = 0;  ///< how many values the bounds do not allow
  };
  std::vector<Seen> seen;  ///< bins in which something was seen
  std::vector<Outlier> outliers;
  std::uint64_t outliers_left_out = 0;
};

struct BoundedCounters {
  std::vector<CounterBounds> counters;
  std::size_t left_out = 0;
};

/// The most interesting counters and tenants: those of findings first (the worst first), then those
/// with the most unknown operations, then the busiest.
BoundedCounters bounds_of(const check::History& history, const check::Judgement& judgement,
                          const JournalTimes& times, const TimeAxis& axis);

}  // namespace dcount::report
