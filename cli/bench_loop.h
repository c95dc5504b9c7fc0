// One thread's part of a load run: a closed loop over non-blocking connections. Each connection
// has a fixed number of requests in flight and sends the next one when an answer has come: per
// request one send, one recv and its share of an epoll_wait.
//
// Thread-safety: one thread constructs, opens, runs and destroys a Loop; answered() from any.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "cli/bench_answer.h"
#include "cli/bench_histogram.h"
#include "cli/bench_request.h"

namespace dcount::cli::bench {

using Clock = std::chrono::steady_clock;

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

struct LoopOptions {
  Protocol protocol = Protocol::http;
  std::vector<Address> servers;  ///< at least one; the connections take them in turn
  std::size_t first_server = 0;  ///< of the first connection, modulo their number
  std::size_t connections = 1;
  std::size_t pipeline = 1;  ///< requests in flight on one connection
  std::uint64_t requests = std::numeric_limits<std::uint64_t>::max();  ///< sent at most
  bool sum_values = false;  ///< the answers are values to be added up; an absent counter is 0
};

struct LoopResult {
  Histogram latency;       ///< of good answers, from before send to after recv
  std::uint64_t sent = 0;  ///< requests that may have reached the server
  std::uint64_t good = 0;  ///< answered 2xx
  std::uint64_t reconnects = 0;
  std::map<std::string, std::uint64_t> errors;  ///< by status, or by what happened
  std::uint64_t value_sum = 0;                  ///< modulo 2^64
  double seconds = 0;                           ///< from the start of run to the last answer
  double cpu_seconds = 0;                       ///< this thread's, user and system
};

class Loop {
 public:
  static constexpr std::chrono::seconds connect_time_max{5};
  static constexpr std::chrono::seconds answer_time_max{15};  ///< without any answer: given up
  static constexpr int failures_in_row_max = 3;  ///< of one connection, which is then given up

  /// `stop` and what `writer` refers to must outlive it.
  Loop(LoopOptions options, RequestWriter writer, const std::atomic<bool>& stop);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// Connects everything. Returns what went wrong, for people, or an empty string.
  [[nodiscard]] std::string open();

  /// Nothing is sent after it. Before run.
  void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }

  /// Sends and receives until the number of requests, the deadline or `stop`; then waits for the
  /// answers still due. REQUIRES: open() has succeeded.
  LoopResult run();

  std::uint64_t answered() const { return answered_.load(std::memory_order_relaxed); }

 private:
  struct Connection {
    const Address* server = nullptr;
    int fd = -1;  ///< -1: closed for good
    bool connecting = false;
    int failures_in_row = 0;
    std::size_t in_flight = 0;
    std::size_t oldest = 0;  ///< in sent_at, a ring
    std::vector<Clock::time_point> sent_at;
    std::string input;   ///< the beginning of an answer that has not come whole
    std::string output;  ///< what the socket has not taken yet
  };

  void connect(Connection& connection);
  void finish_connect(Connection& connection);
  /// Waits up to `time` and handles what has happened.
  void step(std::chrono::milliseconds time);
  void send_next(Connection& connection, Clock::time_point now);
  void flush(Connection& connection);
  void receive(Connection& connection, bool to_the_end);
  /// False: the connection was replaced or given up.
  bool take_answers(Connection& connection, std::string_view bytes);
  void count(const Answer& answer, Clock::duration latency);
  /// Its requests in flight are lost, under `why` if any; a new connection takes its place.
  void replace(Connection& connection, const char* why);
  void give_up(Connection& connection);
  void give_up_waiting();

  bool may_send(Clock::time_point now) const {
    return result_.sent < options_.requests && now < deadline_ &&
           !stop_.load(std::memory_order_relaxed);
  }

  LoopOptions options_;
  Clock::time_point deadline_ = Clock::time_point::max();
  RequestWriter writer_;
  const std::atomic<bool>& stop_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<char> receive_buffer_;
  std::vector<char> send_buffer_;
  std::size_t connecting_ = 0;
  std::size_t open_ = 0;       ///< connections that are not closed for good
  std::size_t in_flight_ = 0;  ///< over all connections
  bool running_ = false;
  int connect_error_ = 0;  ///< the last errno of connecting
  Clock::time_point last_answer_;
  std::atomic<std::uint64_t> answered_{0};
  LoopResult result_;
};

}  // namespace dcount::cli::bench
