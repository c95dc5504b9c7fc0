// The load of scripts/bench-cluster's section "failover": clients of the C++ library that increment
// a few counters over all servers while something dies. Prints JSON: every error by kind, the
// longest time without any acknowledged increment, and whether each counter was given exactly the
// numbers 1 to its final value: nothing lost, nothing twice.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "client/swarm.h"

namespace dcount::leader_kill {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct Options {
  std::string servers = "127.0.0.1:8080";
  std::size_t threads = 20;
  std::size_t counters = 4;
  double seconds = 15;
  double retry_time_s = 10;
};

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double ms(SteadyClock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// What all clients have seen. Thread-safety: every function from any thread.
class Record {
 public:
  explicit Record(std::size_t counters) : numbers_(counters), last_(SteadyClock::now()) {}

  void acknowledged(std::size_t counter, std::int64_t n, SteadyClock::duration took) {
    const std::lock_guard lock(mutex_);
    const SteadyClock::time_point now = SteadyClock::now();
    if (now - last_ > gap_) {
      gap_ = now - last_;
      gap_end_ = unix_time();
    }
    last_ = now;
    slowest_ = std::max(slowest_, took);
    numbers_[counter].push_back(n);
  }

  void failed(const client::ClientError& error) {
    const std::lock_guard lock(mutex_);
    const std::string label(name(error.kind));
    ++errors_[label];
    details_.try_emplace(label, error.detail);
    if (error.certainty == client::Certainty::unknown) ++unknown_;
  }

  /// `values`: what the counters are at the end. No client may be at work any more.
  Json report(const std::vector<std::int64_t>& values) {
    std::uint64_t acknowledged = 0;
    bool exact = true;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      acknowledged += numbers_[i].size();
      exact = exact && is_one_to(values[i], numbers_[i]);
    }
    std::int64_t sum = 0;
    for (const std::int64_t value : values) sum += value;
    return {{"acknowledged", acknowledged},
            {"final", sum},
            {"exact", exact},
            {"errors", errors_},
            {"error_details", details_},
            {"unknown", unknown_},
            {"gap_ms", ms(gap_)},
            {"gap_begin_unix", gap_end_ - ms(gap_) / 1000},
            {"slowest_ms", ms(slowest_)}};
  }

 private:
  static bool is_one_to(std::int64_t value, std::vector<std::int64_t>& numbers) {
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] != static_cast<std::int64_t>(i) + 1) return false;
    }
    return static_cast<std::int64_t>(numbers.size()) == value;
  }

  std::mutex mutex_;
  std::vector<std::vector<std::int64_t>> numbers_;  ///< each counter's, as they were answered
  SteadyClock::time_point last_;
  SteadyClock::duration gap_{}, slowest_{};
  double gap_end_ = 0;
  std::map<std::string, std::uint64_t> errors_;
  std::map<std::string, std::string> details_;  ///< of the first error of each kind
  std::uint64_t unknown_ = 0;
};

void increment(client::Client& client, const std::string& collection, std::size_t counter,
               SteadyClock::time_point end, Record& record) {
  const std::string id = std::to_string(counter);
  while (SteadyClock::now() < end) {
    const SteadyClock::time_point begin = SteadyClock::now();
    if (const auto added = client.add(collection, id, 1, {.create = true})) {
      record.acknowledged(counter, added->n, SteadyClock::now() - begin);
    } else {
      record.failed(added.error());
    }
  }
}

int run(const Options& options) {
  client::ClientOptions each;
  const auto endpoints = client::parse_endpoints(options.servers);
  if (!endpoints) return std::fprintf(stderr, "%s\n", endpoints.error().detail.c_str()), 2;
  each.endpoints = *endpoints;
  each.retry_time = client::Duration(static_cast<std::int64_t>(options.retry_time_s * 1000));
  each.retries_max = 1'000;
  const std::string collection = "failover" + std::to_string(std::random_device{}());
  const auto end = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(
                                            std::chrono::duration<double>(options.seconds));
  Record record(options.counters);
  client::run_swarm(options.threads, each, [&](client::Client& client, std::size_t index) {
    increment(client, collection, index % options.counters, end, record);
  });
  client::Client reader(each);
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < options.counters; ++i) {
    const auto counter = reader.get(collection, std::to_string(i));
    if (!counter && counter.error().kind != client::ErrorKind::not_found) {
      return std::fprintf(stderr, "leader_kill: %s\n", counter.error().detail.c_str()), 2;
    }
    values.push_back(counter ? counter->n : 0);
  }
  const Json json = record.report(values);
  std::puts(json.dump().c_str());
  return json["exact"] && json["errors"].empty() ? 0 : 1;
}

}  // namespace
}  // namespace dcount::leader_kill

int main(int argc, char** argv) {
  dcount::leader_kill::Options options;
  CLI::App app("Increments through the client library while something dies; prints JSON",
               "leader_kill");
  const auto option = [&app](const char* name, auto& value, const char* help) {
    return app.add_option(name, value, help)->capture_default_str();
  };
  option("--server", options.servers, "dcount servers, with commas");
  option("--threads", options.threads, "Clients")->check(CLI::Range(1, 1'000));
  option("--counters", options.counters, "Shared by them in turn")->check(CLI::Range(1, 1'000));
  option("--seconds", options.seconds, "How long")->check(CLI::Range(0.1, 3600.0));
  option("--retry-time", options.retry_time_s, "Seconds each client goes on trying")
      ->check(CLI::Range(0.0, 3600.0));
  CLI11_PARSE(app, argc, argv);
  return dcount::leader_kill::run(options);
}
