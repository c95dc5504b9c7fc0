// What the io thread knows of a link: its faults, its connections, its counters.
//
// Thread-safety: the io thread's, but for the counters, which anybody reads.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "sim/links/link.h"
#include "sim/links/token_bucket.h"

namespace dcount::sim {

class Connection;

/// Written by the io thread alone, so that relaxed order is enough.
class Counter {
 public:
  void add(std::uint64_t more) { value_.store(get() + more, std::memory_order_relaxed); }
  void subtract(std::uint64_t less) { value_.store(get() - less, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct Delay {
  std::chrono::microseconds latency;
  std::chrono::microseconds jitter;
};

/// One way of a link.
struct Flow {
  bool stopped = false;
  std::optional<Delay> delay;
  TokenBucket bucket;

  Counter forwarded, held, stopped_bytes, delayed, limited;

  FlowCounters counters() const {
    return {forwarded.get(), held.get(), stopped_bytes.get(), delayed.get(), limited.get()};
  }
};

/// What was counted when a fault began.
struct Began {
  Way way = Way::both;
  FlowCounters forward, backward;
  std::size_t hit = 0;  ///< connections that it acted upon at once
};

struct LinkState {
  Flow forward, backward;
  bool refuses = false;
  bool hangs_new = false;
  std::map<LinkFault, OnHeal> on_heal;
  std::map<LinkFault, Began> began;

  std::set<std::shared_ptr<Connection>> connections;
  Counter taken, open, refused, reset;

  /// Whether nothing gets through at all: then the target is left alone.
  bool is_cut() const { return forward.stopped && backward.stopped; }
};

}  // namespace dcount::sim
