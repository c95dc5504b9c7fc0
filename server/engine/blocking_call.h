// One command, waited for: for workers and threads of services, never on an event loop.
//
// Thread-safety: call from any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "server/engine/engine.h"

namespace dcount::engine {

class BlockingCall final : public CompletionSink {
 public:
  explicit BlockingCall(Engine& engine) : engine_(engine) {}

  /// The engine answers every command within its deadline.
  core::Outcome run(core::CommandBody body) { return run(core::Command{std::move(body), {}}); }
  core::Outcome run(core::Command command) {
    std::vector<Submission> one;
    one.push_back({std::move(command), {this, 0}, {}});
    engine_.submit(one);
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return outcome_.has_value(); });
    return *std::exchange(outcome_, std::nullopt);
  }

  void deliver(std::vector<Completion> completions) override {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(completions.front().outcome);
    arrived_.notify_one();
  }

 private:
  Engine& engine_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<core::Outcome> outcome_;
};

}  // namespace dcount::engine
