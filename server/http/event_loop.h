// One thread, one io_context: everything a connection does happens on its loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace dcount::http {

/// Thread-safety: index, post from any thread; at_turn_end from the loop's own thread only.
class EventLoop {
 public:
  explicit EventLoop(std::size_t index);
  ~EventLoop();

  /// 0 to Server::loops() - 1: lets others keep an object per loop.
  std::size_t index() const;

  /// Runs `work` on the loop's thread, soon.
  void post(std::function<void()> work);

  /// Runs `work` once when what is ready now has been handled: the place to hand over in one piece
  /// what many requests of this turn have left behind.
  void at_turn_end(std::function<void()> work);

  /// Runs `work` again and again, `period` after it has ended, until the loop ends. Before the loop
  /// runs, or on its thread.
  void every(std::chrono::milliseconds period, std::function<void()> work);

  /// For what needs Asio. Its handlers run outside of a turn: they do their work by turn().
  boost::asio::io_context& io();
  void turn(const std::function<void()>& work);

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcount::http
