// What a load run has found, for people and as JSON.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/bench_device.h"
#include "cli/bench_loop.h"
#include "cli/bench_options.h"

namespace dcount::cli::bench {

/// Whether the counters, or the tenants' items, have grown by what was acknowledged, or at most by
/// what was sent.
struct Verification {
  std::string error;              ///< why they could not be read
  std::int64_t grown = 0;         ///< their sum after minus before
  std::int64_t acknowledged = 0;  ///< of all phases, preload and warm-up too
  std::int64_t sent = 0;

  bool holds() const;
};

struct Report {
  BenchOptions options;
  std::string server;  ///< "127.0.0.1:8080", or several with commas
  LoopResult result;
  DeviceTimes device;
  std::optional<Verification> verification;
  std::uint64_t operations_per_request = 1;  ///< the batch, or 1
  bool interrupted = false;

  bool good() const { return result.errors.empty() && (!verification || verification->holds()); }
};

/// Latencies in µs; rates per second over result.seconds.
nlohmann::ordered_json to_json(const Report& report);
std::string to_text(const Report& report);

}  // namespace dcount::cli::bench
