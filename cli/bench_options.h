// What `dcount bench` was asked to do, and whether that makes sense.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::cli::bench {

inline constexpr std::size_t connections_max = 20'000;
inline constexpr std::size_t threads_max = 64;
inline constexpr std::size_t pipeline_max = 1'000;
inline constexpr std::uint64_t keys_max = std::uint64_t{1} << 32;
// The most that --batch may say: the server's own limits, and for numbers, whose limit is an option
// of the server, what still makes a small answer.
inline constexpr std::uint32_t batch_ops_max = 1'000;
inline constexpr std::uint32_t batch_items_max = 10'000;
inline constexpr std::uint32_t batch_numbers_max = 100'000;
inline constexpr std::chrono::hours duration_max{24};

using Seconds = std::chrono::duration<double>;

struct BenchOptions {
  std::string protocol = "http";  ///< or "redis"
  std::size_t connections = 50;
  std::size_t threads = 1;
  std::size_t pipeline = 1;
  std::string duration;        ///< "5s"; empty: default_duration, unless there are requests
  std::uint64_t requests = 0;  ///< 0: for the duration
  std::string warmup = "0s";
  std::uint64_t keys = 1;
  std::int64_t by = 1;
  std::uint32_t batch = 0;
  std::string draw;  ///< the sequence to draw from instead of incrementing; empty: none
  bool items = false;
  bool read = false;
  bool keyed = false;
  bool preload = false;
  bool verify = false;
  std::string collection = "bench";
  std::string target;
  std::uint64_t seed = 1;
  std::string fsync_dir = ".";
  std::size_t fsync_samples = 200;  ///< 0: the device is not measured

  bool redis() const { return protocol == "redis"; }
};

inline constexpr std::string_view default_duration = "5s";

/// "500ms", "5s", "2m" or "1.5" (seconds), from 0 to duration_max.
std::optional<Seconds> parse_duration(std::string_view text);

/// What is wrong with `options`, for people, or an empty string.
std::string check(const BenchOptions& options);

}  // namespace dcount::cli::bench
