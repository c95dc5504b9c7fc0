// The load of scripts/bench-tails: thousands of subscribers of dcount, over WebSocket, or of Redis'
// pub/sub, and the changes they are told of. Prints one line of JSON.
//
//   run   all subscribe to one counter (hot) or to one each (spread), which are then changed
//         --rate times a second; measures how long a change takes to be received. Two threads: one
//         makes the changes, one reads what the subscribers get (tail_run.h)
//   hold  all subscribe to one each, to one counter, or to everything, and stay until standard
//         input ends (tail_hold.h)
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "cli/bench_load.h"
#include "client/endpoint.h"
#include "tail_hold.h"
#include "tail_options.h"
#include "tail_run.h"

namespace dcount::bench_tails {
namespace {

constexpr rlim_t spare_files = 100;

void raise_file_limit(std::size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < wanted + spare_files) {
    throw std::runtime_error("ulimit -Hn is " + std::to_string(limit.rlim_max) + ", too few for " +
                             std::to_string(wanted) + " connections");
  }
}

int start(Options& options, bool holds) {
  const auto endpoints = client::parse_endpoints(options.server);
  if (!endpoints) throw std::runtime_error(endpoints.error().detail);
  const auto address = cli::bench::resolve(endpoints->front().host, endpoints->front().port);
  if (!address) throw std::runtime_error("no such host: " + endpoints->front().host);
  options.address = *address;
  raise_file_limit(options.subscribers + options.connections);
  return holds ? hold(options) : run(options);
}

void add_options(CLI::App& app, Options& options) {
  const auto option = [&app](const char* name, auto& value, const char* help) {
    return app.add_option(name, value, help)->capture_default_str();
  };
  option("--protocol", options.protocol, "How to subscribe, and change: websocket and HTTP, redis")
      ->check(CLI::IsMember({"websocket", "redis"}));
  option("--server", options.server, "host:port");
  option("--collection", options.collection, "Of the counters k0 … and hot; for Redis a prefix");
  option("--subscribers", options.subscribers, "How many")->check(CLI::Range(1, 100'000));
  option("--keys", options.keys, "Counters beside the hot one; all are created if missing")
      ->check(CLI::Range(1, 1'000'000));
  option("--receive-buffer", options.receive_buffer_bytes, "Of the sockets; 0: the kernel's");
}

}  // namespace
}  // namespace dcount::bench_tails

int main(int argc, char** argv) {
  namespace tails = dcount::bench_tails;
  tails::Options options;
  CLI::App app("Subscribers of dcount or Redis, and changes; prints JSON", "tail_load");
  app.require_subcommand(1);
  CLI::App* run = app.add_subcommand("run", "Changes counters and measures the subscribers' delay");
  tails::add_options(*run, options);
  run->add_flag("--hot", options.hot, "All subscribe to one counter, the only one that changes");
  run->add_option("--rate", options.rate, "Changes a second [hot 20, else 2000]");
  run->add_option("--seconds", options.seconds, "How long to measure [60]");
  run->add_option("--warmup", options.warmup, "Seconds of changes before [2]");
  run->add_option("--connections", options.connections, "That the changes are made over [16]");
  run->add_option("--pid", options.pid, "The server, whose memory and CPU time to tell");
  CLI::App* hold = app.add_subcommand("hold", "Subscribes until standard input ends");
  tails::add_options(*hold, options);
  hold->add_option("--to", options.subscribe, "This counter, or everything [one each: k0 …]");
  hold->add_flag("--never-read", options.never_read, "Until told to resume");
  CLI11_PARSE(app, argc, argv);
  if (options.rate <= 0) options.rate = options.hot ? 20 : 2'000;
  try {
    return tails::start(options, hold->parsed());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tail_load: %s\n", error.what());
    return 2;
  }
}
