// See tail_run.h.
#include "tail_run.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>

#include "cli/bench_histogram.h"
#include "tail_changes.h"
#include "tail_process.h"

namespace dcount::bench_tails {
namespace {

using cli::bench::Histogram;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds settle_time{2};  // before memory is looked at
constexpr std::chrono::seconds last_value_time_max{20};
constexpr int tick_ms = 50;

double thread_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Json times_us(const Histogram& histogram) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
  return {{"p50", us(histogram.percentile_ns(0.5))},
          {"p99", us(histogram.percentile_ns(0.99))},
          {"max", us(histogram.max_ns())},
          {"mean", us(static_cast<std::uint64_t>(histogram.mean_ns()))},
          {"count", histogram.count()}};
}

/// The thread of the subscribers, from the first change until all have the last one or are given
/// up.
class Reader {
 public:
  explicit Reader(Subscribers& subscribers)
      : subscribers_(subscribers), thread_([this] { read(); }) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { stop(); }

  void stop() {
    stop_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }

  double cpu_seconds() const { return cpu_seconds_; }  ///< REQUIRES: stopped

 private:
  void read() {
    while (!stop_.load(std::memory_order_relaxed)) subscribers_.step(tick_ms);
    cpu_seconds_ = thread_cpu_seconds();
  }

  Subscribers& subscribers_;
  std::atomic<bool> stop_ = false;
  double cpu_seconds_ = 0;
  std::thread thread_;  // last: it uses the others
};

/// The server's memory in the course of a run.
struct Memory {
  std::int64_t before = 0;      ///< no subscriber
  std::int64_t idle = 0;        ///< all subscribed
  std::int64_t loaded_max = 0;  ///< the most while changes came, looked at every second
  std::int64_t after = 0;       ///< all have everything
};

Json report(const Options& options, const Changes& changes, const Subscribers& subscribers,
            const DriverResult& driven) {
  const Tally& tally = subscribers.tally();
  return {{"protocol", options.protocol},
          {"workload", options.hot ? "hot" : "spread"},
          {"subscribers", subscribers.subscribed()},
          {"rate", options.rate},
          {"changes", changes.count()},
          {"seconds", driven.seconds},
          {"changes_per_s", static_cast<double>(changes.count()) / driven.seconds},
          {"sent_to_received_us", times_us(tally.sent_to_received)},
          {"acknowledged_to_received_us", times_us(tally.acknowledged_to_received)},
          {"answer_us", times_us(driven.answer)},
          {"late_us", times_us(driven.late)},
          {"values", tally.values},
          {"values_per_s", static_cast<double>(tally.values) / driven.seconds},
          {"overtaking", tally.overtaking},
          {"coalesced", tally.coalesced},
          {"repeated", tally.repeated},
          {"backwards", tally.backwards},
          {"foreign", tally.foreign},
          {"pings", tally.pings},
          {"without_last_value", subscribers.subscribed() - subscribers.finished()},
          {"ended", tally.ended}};
}

bool good(const Subscribers& subscribers) {
  const Tally& tally = subscribers.tally();
  return subscribers.finished() == subscribers.subscribed() && tally.ended.empty() &&
         tally.backwards == 0 && tally.foreign == 0;
}

}  // namespace

int run(const Options& options) {
  Driver driver(driver_options(options));
  Plan plan{.names = ids_of_keys(options),
            .bases = {},
            .rate = options.rate,
            .warmup = options.warmup,
            .seconds = options.seconds};
  plan.bases = driver.prepare(plan.names);  // the same keyspace, whatever changes
  SubscriberOptions to = subscriber_options(options);
  if (options.hot) {
    plan.names = {id_of(options, "hot")};
    plan.bases = driver.prepare(plan.names);
    add_counter(to, options, "hot");
  } else {
    add_keys(to, options);
  }
  Changes changes(std::move(plan));
  Memory memory;
  if (options.pid > 0) memory.before = exact_resident_bytes(options.pid);
  Subscribers subscribers(std::move(to));
  subscribers.open();
  subscribers.expect(changes);
  settle(subscribers, settle_time);
  if (options.pid > 0) memory.idle = exact_resident_bytes(options.pid);
  const double server_before = options.pid > 0 ? cpu_seconds(options.pid) : 0;
  const double driver_before = thread_cpu_seconds();
  Reader reader(subscribers);
  const DriverResult driven = driver.drive(changes, [&] {
    if (options.pid > 0) {
      memory.loaded_max = std::max(memory.loaded_max, resident_bytes(options.pid));
    }
  });
  const double driver_cpu = thread_cpu_seconds() - driver_before;
  const auto deadline = Clock::now() + last_value_time_max;
  while (subscribers.finished() + subscribers.ended() < subscribers.subscribed() &&
         Clock::now() < deadline) {
    ::poll(nullptr, 0, tick_ms);
  }
  reader.stop();
  Json json = report(options, changes, subscribers, driven);
  json["reader_cpu_share"] = reader.cpu_seconds() / driven.seconds;
  json["driver_cpu_share"] = driver_cpu / driven.seconds;
  if (options.pid > 0) {
    json["server_cpu_share"] = (cpu_seconds(options.pid) - server_before) / driven.seconds;
    memory.after = exact_resident_bytes(options.pid);
    json["resident_bytes"] = {{"before", memory.before},
                              {"idle", memory.idle},
                              {"loaded_max", memory.loaded_max},
                              {"after", memory.after}};
  }
  std::puts(json.dump().c_str());
  return good(subscribers) ? 0 : 1;
}

}  // namespace dcount::bench_tails
