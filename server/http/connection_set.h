// All connections of one loop, and what they share.
//
// Thread-safety: the loop's thread only, but for counters().
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/http/counters.h"
#include "server/http/event_loop_impl.h"
#include "server/http/gate.h"
#include "server/http/limits.h"
#include "server/http/request_id.h"
#include "server/http/response_writer.h"
#include "server/http/route_table.h"
#include "server/http/service_lane.h"
#include "server/http/spooler.h"
#include "server/http/tcp_stream.h"

namespace dcount::http {

class ResponseSlot;

/// A connection as its set sees it, whatever its stream is.
class AnyConnection {
 public:
  virtual ~AnyConnection() = default;

  /// Sends what is ready, and reads on if that has made room.
  virtual void flush() = 0;
  /// Looks at the deadlines.
  virtual void tick() = 0;
  /// No more requests after those that are under way.
  virtual void drain() = 0;
  virtual void cut() = 0;

 private:
  friend class ConnectionSet;
  std::size_t place_ = 0;  ///< in the set
  bool dirty_ = false;
};

/// Of all loops of a server. Thread-safety: all of it.
struct ConnectionTotals {
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};

  void closed_one();
  /// False: some are still open after `patience`.
  bool wait_until_none(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable none_;
};

class ConnectionSet {
 public:
  ConnectionSet(EventLoop& loop, const RouteTable& routes, const Limits& limits,
                ServiceLane& services, Spooler& spooler, const std::string& spool_directory,
                const std::string& cors_fields, const Gate& gate, ConnectionTotals& totals);
  ~ConnectionSet();

  /// From the loop's first turn on.
  void start();

  struct Arrival {
    TcpStream stream;
    std::string remote_addr;
    int remote_port = 0;
    bool over_limit = false;  ///< is told so, and closed
  };
  void adopt(Arrival arrival);

  /// Puts a tail in a connection's place, which ends with this turn.
  void replace(AnyConnection& connection, std::unique_ptr<AnyConnection> tail);

  void drain();
  /// Closes all, and the timer: the loop can stop.
  void cut();

  // For the connections.
  void mark_dirty(AnyConnection& connection);
  void closed(AnyConnection& connection);
  void answered(const ResponseSlot& slot);
  std::string take_buffer();
  void give_buffer(std::string&& buffer);
  bool draining() const { return draining_; }

  EventLoop& loop;
  const RouteTable& routes;
  const Limits& limits;
  ServiceLane& services;
  Spooler& spooler;
  const std::string& spool_directory;
  const std::string& cors_fields;   ///< in every answer; empty: CORS is off
  const Gate& gate;                 ///< empty: everybody may do everything
  std::size_t file_bytes_left = 0;  ///< that may still be sent from files in this turn
  LoopCounters counters;
  RequestIds ids;
  DateLine date;

 private:
  struct Answered {
    std::size_t route;
    int status;
    Clock::time_point begun;
  };
  // One connection gets most of it: what is sent in one piece costs its reader one wake-up.
  static constexpr std::size_t file_bytes_per_turn_max = 2 << 20;
  static constexpr std::size_t buffers_max = 256;
  static constexpr std::size_t buffer_bytes_max = 16 * 1024;

  void flush();
  void wait_for_tick();
  void tick();

  ConnectionTotals& totals_;
  boost::asio::steady_timer timer_;
  const std::chrono::milliseconds tick_time_;
  bool draining_ = false;
  std::vector<std::unique_ptr<AnyConnection>> connections_;
  std::vector<std::unique_ptr<AnyConnection>> closed_;  ///< freed when the turn is over
  std::vector<AnyConnection*> dirty_;
  std::size_t flushes_ = 0;
  std::vector<Answered> answered_;    ///< in this turn
  std::vector<std::string> buffers_;  ///< empty, with capacity
};

}  // namespace dcount::http
