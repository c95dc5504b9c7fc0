// One command, waited for: for workers of the service lane, never on an event loop.
//
// Thread-safety: call from any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "server/engine/engine.h"

namespace dcount::api {

class BlockingCall final : public engine::CompletionSink {
 public:
  explicit BlockingCall(engine::Engine& engine) : engine_(engine) {}

  /// The engine answers every command within its deadline.
  core::Outcome run(core::CommandBody body) {
    std::vector<engine::Submission> one;
    one.push_back({core::Command{std::move(body), {}}, {this, 0}, {}});
    engine_.submit(one);
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return outcome_.has_value(); });
    return *std::exchange(outcome_, std::nullopt);
  }

  void deliver(std::vector<engine::Completion> completions) override {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(completions.front().outcome);
    arrived_.notify_one();
  }

 private:
  engine::Engine& engine_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<core::Outcome> outcome_;
};

}  // namespace dcount::api
