// How long the device itself takes to make a small append durable: the yardstick beside every
// figure of a durable server.
//
// Thread-safety: pure but for its file.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "cli/bench_histogram.h"

namespace dcount::cli::bench {

struct DeviceTimes {
  std::string error;  ///< why there are none, for people
  Histogram sync;     ///< of one write of append_bytes and one fdatasync
};

inline constexpr std::size_t append_bytes = 200;

/// Appends to a nameless file in `directory` up to `samples` times, for at most `time_max`.
DeviceTimes measure_device(const std::string& directory, std::size_t samples,
                           std::chrono::milliseconds time_max);

}  // namespace dcount::cli::bench
