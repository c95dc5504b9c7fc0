// See bench_load.h.
#include "cli/bench_load.h"

#include <netdb.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace dcount::cli::bench {
namespace {

constexpr std::chrono::milliseconds tick{100};

/// Part `index` of `total` things over `parts`: the parts differ by one at most.
std::uint64_t share(std::uint64_t total, std::size_t parts, std::size_t index) {
  return total / parts + (index < total % parts ? 1 : 0);
}

void add(LoopResult& total, const LoopResult& part) {
  total.latency.add(part.latency);
  total.sent += part.sent;
  total.good += part.good;
  total.reconnects += part.reconnects;
  for (const auto& [label, count] : part.errors) total.errors[label] += count;
  total.value_sum += part.value_sum;
  total.seconds = std::max(total.seconds, part.seconds);
  total.cpu_seconds += part.cpu_seconds;
}

using Loops = std::vector<std::unique_ptr<Loop>>;

Loops make_loops(const Workload& workload, const RequestTemplate& request,
                 const LoadOptions& options, const std::atomic<bool>& stop) {
  std::random_device device;
  const std::uint64_t run = (std::uint64_t{device()} << 32) | device();
  Loops loops;
  KeyOrder order{.sequential = options.sequential_keys};
  std::size_t next_server = 0;
  for (std::size_t i = 0; i < options.threads; ++i) {
    LoopOptions loop{.protocol = workload.protocol, .servers = options.servers};
    loop.first_server = next_server;
    loop.connections = share(options.connections, options.threads, i);
    next_server += loop.connections;
    loop.pipeline = options.pipeline;
    loop.sum_values = options.sum_values;
    if (options.requests) loop.requests = share(*options.requests, options.threads, i);
    order.seed = options.seed + i;
    loops.push_back(
        std::make_unique<Loop>(loop, RequestWriter(request, workload.keys, order, run + i), stop));
    order.first += loop.requests * std::max<std::size_t>(1, request.key_holes.size());
  }
  return loops;
}

/// Runs every loop on a thread of its own and ticks until all have ended.
void run_loops(Loops& loops, std::vector<LoopResult>& results, const OnTick& on_tick,
               std::atomic<bool>& stop) {
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = loops.size();
  std::vector<std::jthread> threads;
  const Clock::time_point start = Clock::now();
  for (std::size_t i = 0; i < loops.size(); ++i) {
    threads.emplace_back([&, i] {
      LoopResult result = loops[i]->run();
      const std::lock_guard lock(mutex);
      results[i] = std::move(result);
      --running;
      ended.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  while (!ended.wait_for(lock, tick, [&] { return running == 0; })) {
    std::uint64_t answered = 0;
    for (const auto& loop : loops) answered += loop->answered();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (on_tick && !on_tick(answered, seconds)) stop = true;
  }
}

}  // namespace

LoadResult run_load(const Workload& workload, const LoadOptions& options, const OnTick& on_tick) {
  const RequestTemplate request = make_template(workload);
  std::atomic<bool> stop = false;
  Loops loops = make_loops(workload, request, options, stop);
  LoadResult result;
  for (auto& loop : loops) {
    result.error = loop->open();
    if (!result.error.empty()) return result;
  }
  if (options.duration) {
    const auto length = std::chrono::duration_cast<Clock::duration>(*options.duration);
    const Clock::time_point deadline = Clock::now() + length;
    for (auto& loop : loops) loop->set_deadline(deadline);
  }
  std::vector<LoopResult> parts(loops.size());
  run_loops(loops, parts, on_tick, stop);
  for (const LoopResult& part : parts) add(result.total, part);
  return result;
}

std::optional<Address> resolve(const std::string& host, std::uint16_t port) {
  const addrinfo hints{.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) {
    return std::nullopt;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
  Address address{.size = list->ai_addrlen};
  std::memcpy(&address.bytes, list->ai_addr, list->ai_addrlen);
  return address;
}

}  // namespace dcount::cli::bench
