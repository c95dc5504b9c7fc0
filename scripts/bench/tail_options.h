// What tail_load was asked to do, and what follows from it for subscribers.
//
// Thread-safety: plain values; settle() as Subscribers.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "tail_driver.h"
#include "tail_subscribers.h"
#include "tail_wire.h"

namespace dcount::bench_tails {

struct Options {
  std::string protocol = "websocket";
  std::string server = "127.0.0.1:8080";
  std::string collection = "bench";
  std::size_t subscribers = 10'000;
  std::size_t keys = 10'000;  ///< counters k0 …
  int receive_buffer_bytes = 0;
  // Of `run`.
  bool hot = false;
  double rate = 0;  ///< changes a second
  double seconds = 60;
  double warmup = 2;
  std::size_t connections = 16;
  pid_t pid = 0;  ///< of the server; 0: not told
  // Of `hold`.
  std::string subscribe;  ///< a counter, "everything", or empty: one each
  bool never_read = false;

  // What `server` stands for.
  cli::bench::Address address;

  Protocol wire() const { return protocol == "redis" ? Protocol::redis : Protocol::websocket; }
};

/// A counter's id, or, as Redis has no collections, its key.
std::string id_of(const Options& options, const std::string& name);

std::string subscription_to(const Options& options, const std::string& name);

/// The ids of k0, k1, …
std::vector<std::string> ids_of_keys(const Options& options);

/// Subscribers of nothing yet.
SubscriberOptions subscriber_options(const Options& options);

/// Further subscribers of a counter, who take no other's values.
void add_counter(SubscriberOptions& to, const Options& options, const std::string& name);

/// Of k0, k1, … one each.
void add_keys(SubscriberOptions& to, const Options& options);

DriverOptions driver_options(const Options& options);

/// Reads for that long.
void settle(Subscribers& subscribers, std::chrono::steady_clock::duration time);

}  // namespace dcount::bench_tails
