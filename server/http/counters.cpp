// Live counters, see counters.h.
#include "server/http/counters.h"

#include <algorithm>

namespace dcount::http {

LoopCounters::LoopCounters(std::size_t routes)
    : routes_(std::make_unique<PerRoute[]>(routes)), route_count_(routes) {}

void LoopCounters::answered(std::size_t route, int status, std::chrono::nanoseconds latency) {
  PerRoute& counters = routes_[route];
  counters.by_status_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)].add();
  double seconds = std::chrono::duration<double>(latency).count();
  auto bound = std::lower_bound(latency_bounds_s.begin(), latency_bounds_s.end(), seconds);
  counters.latency_buckets[static_cast<std::size_t>(bound - latency_bounds_s.begin())].add();
  counters.latency_ns.add(static_cast<std::uint64_t>(latency.count()));
}

void LoopCounters::refused(int status) {
  refused_[static_cast<std::size_t>(std::clamp(status, 0, status_max - 1))].add();
}

void LoopCounters::add_to(Statistics& sum) const {
  for (std::size_t i = 0; i < route_count_; ++i) {
    for (std::size_t c = 0; c < 5; ++c)
      sum.routes[i].by_status_class[c] += routes_[i].by_status_class[c].get();
    for (std::size_t b = 0; b <= latency_bounds_s.size(); ++b)
      sum.routes[i].latency_buckets[b] += routes_[i].latency_buckets[b].get();
    sum.routes[i].latency_sum_s += static_cast<double>(routes_[i].latency_ns.get()) / 1e9;
  }
  for (int status = 0; status < status_max; ++status)
    if (auto count = refused_[static_cast<std::size_t>(status)].get()) sum.refused[status] += count;
}

}  // namespace dcount::http
