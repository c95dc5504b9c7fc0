// One direction of a proxied connection: what arrives at one socket leaves by the other, as the
// faults of the link's way allow. Reading goes on until the window is full; only leaving is hurt.
//
// Without faults a piece that was read is written in the same handler: three system calls, no
// timer.
//
// Thread-safety: the io thread's.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "sim/links/link_state.h"

namespace dcount::sim {

/// What is held for one direction of one connection at most.
inline constexpr std::size_t window_bytes = 256 << 10;

class Pump {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// The connection owns it.
  Pump(Connection& connection, Socket& in, Socket& out);

  /// From now on this way's faults and counters are its own.
  void join(Flow& flow);
  /// Reads on, when there is room and it does not read already.
  void read();
  /// Lets out what may leave now, and sees to it that the rest follows.
  void write();
  /// What is held will never leave: takes it out of the counters.
  void drop();

  /// What is held, as long as nothing has left: for a look at how it begins.
  std::string_view held() const { return {bytes_.get(), size_}; }
  std::size_t held_bytes() const { return size_; }
  bool has_ended() const { return end_ != End::none; }
  /// The end has been passed on.
  bool done() const { return done_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  enum class End { none, closed, reset };
  /// All up to here may leave from then on.
  struct Mark {
    std::uint64_t end;
    Time due;
  };

  void on_read(boost::system::error_code error, std::size_t count);
  void count_arrived(std::size_t count);
  void mark();
  std::size_t may_leave();
  std::size_t due_bytes(Time now);
  std::size_t within_limit(std::size_t wanted, Time now);
  void consume(std::size_t count);
  void pass_on_end();
  void wait_for_room();
  void wake_at(Time time);

  Connection& connection_;
  Socket& in_;
  Socket& out_;
  Flow* flow_ = nullptr;

  std::unique_ptr<char[]> bytes_;  // a ring
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
  std::uint64_t read_total_ = 0;
  std::uint64_t limited_until_ = 0;  // of read_total_: counted as limited

  End end_ = End::none;
  bool done_ = false;
  bool reading_ = false;
  bool waiting_for_room_ = false;

  std::deque<Mark> marks_;  // only under a latency
  Time last_due_{};
  std::uint64_t released_ = 0;
  std::optional<boost::asio::steady_timer> timer_;
  bool timer_runs_ = false;
};

}  // namespace dcount::sim
