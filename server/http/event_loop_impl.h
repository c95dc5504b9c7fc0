// The inside of an EventLoop, for the files of this folder only.
//
// The sockets of a loop are not Asio's: async_wait re-arms with one epoll_ctl per wait, which is
// one system call more per request. They are in an epoll set of their own, level-triggered, and
// that set is one descriptor of the io_context, which is there for timers and whatever else wants
// Asio (the tails). What one epoll_wait of that set brings is a turn:
//   posted work, ready descriptors, at_turn_end work, the flush: one send per connection.
//
// Thread-safety: post and stop from any thread; everything else on the loop's own.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/http/event_loop.h"
#include "server/http/unique_fd.h"

namespace dcount::http {

using Clock = std::chrono::steady_clock;

/// Something with a descriptor in the loop's set. Must stay alive to the end of the turn in which
/// it leaves the set.
class ReadyHandler {
 public:
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~ReadyHandler() = default;
};

struct EventLoop::Impl {
  explicit Impl(std::size_t index);
  ~Impl();

  /// `events`: EPOLLIN, EPOLLOUT or 0. False: the kernel has no room for it.
  [[nodiscard]] bool watch(int fd, std::uint32_t events, ReadyHandler& handler);
  void rewatch(int fd, std::uint32_t events, ReadyHandler& handler);
  void unwatch(int fd);  ///< no harm when it is not watched

  void post(std::function<void()> work);

  /// Serves until stop. What is posted after that is dropped.
  void run();
  void stop();

  /// A turn of its own for what Asio calls: a timer. Within a turn it is part of that.
  void turn(const std::function<void()>& work);

  struct Repeated {
    Repeated(boost::asio::io_context& io, std::chrono::milliseconds period,
             std::function<void()> work)
        : timer(io), period(period), work(std::move(work)) {}
    boost::asio::steady_timer timer;
    const std::chrono::milliseconds period;
    const std::function<void()> work;
  };
  void every(std::shared_ptr<Repeated> repeated);

  bool on_this_thread() const { return std::this_thread::get_id() == thread_id; }

  const std::size_t index;
  boost::asio::io_context io{1};
  Clock::time_point now = Clock::now();  ///< of the turn's start: reading the clock costs
  std::vector<std::function<void()>> turn_end_work;
  std::function<void()> flush;          ///< the last thing in every turn
  std::size_t answers_owed = 0;         ///< on all connections of this loop
  std::array<char, 64 * 1024> scratch;  ///< what a connection reads into, within its on_ready

 private:
  static constexpr int events_max = 256;         ///< per turn
  static constexpr int turns_in_a_row_max = 16;  ///< then Asio's timers get their chance

  // Waking a sleeping thread costs more than a turn's work. While this many answers are owed the
  // next event is near, and the loop looks for it a little longer, giving way to any other thread.
  static constexpr std::size_t busy_answers_min = 8;
  static constexpr std::chrono::microseconds busy_wait_max{100};

  void wait_for_set();
  void turns();
  int ready_now(std::array<epoll_event, events_max>& events);
  void end_turn();
  void close();

  std::thread::id thread_id;
  bool in_turn_ = false;
  boost::asio::posix::stream_descriptor set_;
  UniqueFd wake_;  ///< an eventfd, edge-triggered: it is never read

  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  ///< guarded by mutex_
  bool closed_ = false;                        ///< guarded by mutex_
  std::vector<std::function<void()>> posted_now_;
  std::vector<std::function<void()>> turn_end_now_;
};

}  // namespace dcount::http
