// What the HTTP side counts about itself, for /metrics.
//
// Thread-safety: a plain value; the live counters are each loop's own (relaxed atomics).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dcount::http {

/// Upper bounds of the latency buckets in seconds; one more bucket is +Inf.
inline constexpr std::array<double, 12> latency_bounds_s = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10};

struct RouteStatistics {
  std::string method;
  std::string pattern;
  std::array<std::uint64_t, 5> by_status_class{};                            ///< 1xx … 5xx
  std::array<std::uint64_t, latency_bounds_s.size() + 1> latency_buckets{};  ///< not cumulated
  double latency_sum_s = 0;
};

struct Statistics {
  std::vector<RouteStatistics> routes;   ///< in the order of the route table
  std::map<int, std::uint64_t> refused;  ///< requests no route saw, by status (400, 404, 408 …)
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< over the limit
};

}  // namespace dcount::http
