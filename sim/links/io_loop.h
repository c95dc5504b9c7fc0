// The one thread that all links live on.
//
// Thread-safety: call() from any thread; all else is the io thread's.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

#include "sim/links/echo.h"
#include "sim/links/front.h"
#include "sim/links/links.h"
#include "sim/links/sources.h"

namespace dcount::sim {

struct IoLoop {
  explicit IoLoop(std::uint64_t seed);
  /// Ends the thread, then everything that lived on it.
  ~IoLoop();

  /// Runs it on the io thread and waits for the result.
  template <class F>
  auto call(F f) -> std::invoke_result_t<F> {
    if (std::this_thread::get_id() == thread.get_id()) return f();
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(f));
    auto result = task.get_future();
    boost::asio::post(io, [&task] { task(); });
    return result.get();
  }

  boost::asio::io_context io{1};  // outlives the rest: it holds handlers, which hold connections
  std::mt19937_64 chance;
  Sources sources;
  EchoServer echo{io};
  std::vector<std::unique_ptr<Front>> fronts;
  std::vector<std::unique_ptr<SharedLink>> shared;
  std::thread thread;  // after all that it touches
};

}  // namespace dcount::sim
