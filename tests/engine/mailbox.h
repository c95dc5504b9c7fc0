// Where the engine's answers arrive in tests.
//
// Thread-safety: deliver and wait_for from any thread; `delivered` once all have arrived.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "server/engine/completion.h"

namespace dcount::engine {

/// Keeps what was delivered; wait_for returns when there are that many.
struct Mailbox final : CompletionSink {
  void deliver(std::vector<Completion> completions) override {
    const std::lock_guard lock(mutex);
    for (Completion& completion : completions) delivered.push_back(std::move(completion));
    arrived.notify_all();
  }

  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return arrived.wait_for(lock, std::chrono::seconds(30),
                            [&] { return delivered.size() >= count; });
  }

  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Completion> delivered;
};

}  // namespace dcount::engine
