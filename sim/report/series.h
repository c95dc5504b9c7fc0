// Throughput and latency over a run's time.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/check/history.h"
#include "sim/report/time_axis.h"

namespace dcount::report {

/// Exact quantiles of the operations that were ok, in nanoseconds; -1: none ended in the bin.
struct Latency {
  struct Quantiles {
    std::int64_t p50 = -1;
    std::int64_t p90 = -1;
    std::int64_t p99 = -1;
    std::int64_t max = -1;
  };
  std::vector<Quantiles> bins;  ///< by when the operation ended
  Quantiles whole;              ///< of the whole run
};

struct Series {
  // By bin: how many ended so. An unknown one is counted where it began.
  std::vector<std::uint32_t> ok;
  std::vector<std::uint32_t> failed;
  std::vector<std::uint32_t> unknown;
  Latency all;
  Latency reads;   ///< read, count, members
  Latency writes;  ///< everything else
};

/// The parts of a batch are one operation.
Series series_of(const check::History& history, const JournalTimes& times, const TimeAxis& axis);

/// Whether it is a part of a batch whose first part stands before it.
bool continues_group(const check::History& history, std::size_t operation);

}  // namespace dcount::report
