#include "server/engine/reload.h"

#include <memory>

namespace dcount::engine {
namespace {
constexpr std::chrono::milliseconds pause_before_retry{100};
}

Result<Revision> load(store::Store& store, core::State& state) {
  const std::int64_t tombstone_ms = state.tombstone_ms();
  std::destroy_at(&state);
  std::construct_at(&state, tombstone_ms);
  state.begin_load();
  const auto revision = store.load([&](const Entry& entry) { state.apply(entry); });
  if (revision) state.end_load(*revision);
  return revision;
}

Result<Revision> load_patiently(store::Store& store, core::State& state,
                                std::chrono::milliseconds at_most) {
  const auto give_up = std::chrono::steady_clock::now() + at_most;
  while (true) {
    const auto loaded = load(store, state);
    if (loaded || loaded.error().certainty == Certainty::definite) return loaded;
    if (std::chrono::steady_clock::now() >= give_up) return loaded;
    std::this_thread::sleep_for(pause_before_retry);
  }
}

Reload::Reload(store::Store& store, core::State& state)
    : store_(store), state_(state), thread_([this] { run(); }) {}

Reload::~Reload() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    resting_.notify_one();
  }
  // A load that is only just beginning does not hear the first call.
  while (!ended_) {
    store_.interrupt_loads();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

std::optional<Revision> Reload::complete() const {
  const std::lock_guard lock(mutex_);
  return complete_;
}

std::string Reload::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Reload::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && !complete_) {
    lock.unlock();
    const auto loaded = load(store_, state_);
    lock.lock();
    if (loaded) {
      complete_ = *loaded;
    } else {
      trouble_ = "changes were lost, and nothing can be loaded: " + loaded.error().message;
      resting_.wait_for(lock, pause_before_retry, [this] { return stopping_; });
    }
  }
  ended_ = true;
}

}  // namespace dcount::engine
