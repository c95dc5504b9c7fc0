// Makes the changes of a run at their times, in an open loop: what the server does not answer in
// time does not keep the next one from being sent. Over HTTP a change is POST
// /cnt/{collection}/{id}, in Redis INCR and PUBLISH, pipelined; the answer is the acknowledgement.
//
// Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench_histogram.h"
#include "cli/bench_loop.h"
#include "tail_changes.h"
#include "tail_wire.h"

namespace dcount::bench_tails {

struct DriverOptions {
  Protocol protocol = Protocol::websocket;
  cli::bench::Address server;
  std::string host;
  std::string collection;
  std::size_t connections = 16;  ///< a counter's changes go over one of them, in order
};

struct DriverResult {
  cli::bench::Histogram answer;  ///< from sent to acknowledged, of the measured ones
  cli::bench::Histogram late;    ///< sent after it was due
  double seconds = 0;            ///< from the first change sent to the last acknowledged
};

class Driver {
 public:
  explicit Driver(DriverOptions options);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver();

  /// Creates those counters that are missing; the values of all.
  std::vector<std::int64_t> prepare(const std::vector<std::string>& names);

  /// Returns when all changes are acknowledged; calls `on_second` about once a second. Throws
  /// std::runtime_error when a change is refused, leads to another value than planned (somebody
  /// else writes), or is not acknowledged for too long.
  DriverResult drive(Changes& changes, const std::function<void()>& on_second);

 private:
  struct Connection {
    int fd = -1;
    std::string output, input;
    std::deque<std::size_t> waiting;  ///< changes without an answer yet, in order
  };

  void connect(Connection& connection);
  std::string creation(const std::string& name) const;
  void append_change(std::string& output, const std::string& name, std::int64_t n) const;
  std::size_t send_due(Changes& changes, std::size_t next, Nanoseconds begin);
  void flush(Connection& connection);
  void receive(Connection& connection, Changes& changes);
  void wait(Nanoseconds until, Changes& changes);

  DriverOptions options_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_;
  std::size_t answered_ = 0;
  DriverResult result_;
};

}  // namespace dcount::bench_tails
