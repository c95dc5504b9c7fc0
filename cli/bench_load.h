// One load run over one or more threads: the loops side by side, their results added together.
//
// Thread-safety: one thread; run_load starts and joins its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench_loop.h"
#include "cli/bench_request.h"

namespace dcount::cli::bench {

struct LoadOptions {
  std::vector<Address> servers;  ///< at least one; the connections take them in turn
  std::size_t connections = 50;
  std::size_t threads = 1;  ///< at most as many as connections
  std::size_t pipeline = 1;
  /// Exactly one of the two: how long to send, or how many requests.
  std::optional<std::chrono::duration<double>> duration;
  std::optional<std::uint64_t> requests;
  bool sequential_keys = false;
  bool sum_values = false;
  std::uint64_t seed = 1;
};

struct LoadResult {
  std::string error;  ///< why nothing was sent; then the rest is empty
  LoopResult total;   ///< seconds: the longest of the threads'
};

/// Called about ten times a second with the answers so far and the seconds since the start. False
/// ends the run: what is in flight is still waited for.
using OnTick = std::function<bool(std::uint64_t answered, double seconds)>;

LoadResult run_load(const Workload& workload, const LoadOptions& options, const OnTick& on_tick);

/// The first address of a host name or number. Nothing when there is none.
std::optional<Address> resolve(const std::string& host, std::uint16_t port);

}  // namespace dcount::cli::bench
