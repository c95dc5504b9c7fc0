// Thousands of subscribers on one thread: raw epoll, edge-triggered, one recv per push where the
// server sends one, because they run on the cores of the server that they measure.
//
// Thread-safety: one thread at a time; finished() and ended() from any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench_histogram.h"
#include "cli/bench_loop.h"
#include "tail_changes.h"
#include "tail_wire.h"

namespace dcount::bench_tails {

struct SubscriberOptions {
  Protocol protocol = Protocol::websocket;
  cli::bench::Address server;
  std::string host;
  std::size_t count = 10'000;
  std::vector<std::string> keys;  ///< what to subscribe to, in turn
  std::vector<std::string> ids;   ///< under which their values come; empty: any
  int receive_buffer_bytes = 0;   ///< of the sockets; 0: the kernel's default, which grows
};

/// What all of them saw. A change counts as received with the first value that is at least its own.
struct Tally {
  cli::bench::Histogram sent_to_received;
  cli::bench::Histogram acknowledged_to_received;  ///< 0 for what came before the answer was read
  std::uint64_t values = 0;      ///< that came, warm-up included, without what confirmed
  std::uint64_t overtaking = 0;  ///< of the measured ones: before the answer was read
  std::uint64_t coalesced = 0;   ///< values left out because a later one came
  std::uint64_t repeated = 0;    ///< the value that it had already
  std::uint64_t backwards = 0;   ///< an older one
  std::uint64_t foreign = 0;     ///< of another counter, or a value that no change made
  std::uint64_t pings = 0;
  std::map<std::string, std::uint64_t> ended;       ///< connections by why they ended
  std::map<std::string, std::int64_t> last_values;  ///< by id, where ids are not given
};

class Subscribers {
 public:
  explicit Subscribers(SubscriberOptions options);
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;
  ~Subscribers();

  /// Connects and subscribes all, a few at a time; returns when each has been confirmed: by Redis'
  /// answer, or over WebSocket by the snapshot of its counter, which therefore must exist. Throws
  /// std::runtime_error when one is refused or nothing happens for too long.
  void open();

  /// From now on values are compared with these changes, which must outlive it.
  void expect(const Changes& changes);

  /// Reads what comes within `timeout_ms`; false when nothing came.
  bool step(int timeout_ms);

  void pause();   ///< Stops reading; the kernel's buffers fill up.
  void resume();  ///< Reads again, from what waited on.

  const Tally& tally() const { return tally_; }
  std::size_t subscribed() const { return subscribed_; }
  /// How many have the last value of their counter.
  std::size_t finished() const { return finished_.load(std::memory_order_relaxed); }
  /// How many connections have ended.
  std::size_t ended() const { return ended_.load(std::memory_order_relaxed); }

 private:
  enum class State { upgrading, subscribing, live, ended };
  struct Subscriber {
    int fd = -1;
    State state = State::upgrading;
    std::size_t key = 0;    ///< index into the options' keys and ids
    std::int64_t last = 0;  ///< value
    std::string rest;       ///< the beginning of a push
  };

  void connect(Subscriber& subscriber);
  void subscribe(Subscriber& subscriber);
  void watch(Subscriber& subscriber, int operation);
  void receive(Subscriber& subscriber);
  void take(Subscriber& subscriber, std::string_view bytes, Nanoseconds now);
  bool take_one(Subscriber& subscriber, std::string_view& bytes, Nanoseconds now);
  bool take_handshake(Subscriber& subscriber, std::string_view& bytes);
  void take_value(Subscriber& subscriber, const Push& push, Nanoseconds now);
  void compare(Subscriber& subscriber, std::int64_t n, Nanoseconds now);
  void record(std::size_t change, Nanoseconds now);
  void confirmed(Subscriber& subscriber);
  bool send(Subscriber& subscriber, const std::string& bytes);
  void end(Subscriber& subscriber, const std::string& why);

  SubscriberOptions options_;
  const Changes* changes_ = nullptr;
  int epoll_;
  std::vector<Subscriber> subscribers_;
  std::vector<char> buffer_;
  std::size_t subscribed_ = 0;
  std::atomic<std::size_t> finished_ = 0;
  std::atomic<std::size_t> ended_ = 0;
  Tally tally_;
};

}  // namespace dcount::bench_tails
