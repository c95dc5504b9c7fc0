// Makes the state what the store holds, and once more after the feed has lost changes.
//
// The second time on a thread of its own: one that asks an etcd which does not answer may be held
// up for minutes, and the engine's must go on answering deadlines. It is done in place, since there
// may not be memory for two states: who begins a reload has no state until it is complete.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/core/state.h"
#include "server/store/store.h"

namespace dcount::engine {

/// Forgets what is in `state`. Returns the revision that it is of then.
Result<Revision> load(store::Store& store, core::State& state);

/// The same, again and again while what goes wrong may pass (Certainty::unknown), for as long as
/// this; then the last error.
Result<Revision> load_patiently(store::Store& store, core::State& state,
                                std::chrono::milliseconds at_most);

/// Thread-safety: one thread's.
class Reload {
 public:
  /// Begins at once, and tries until it succeeds. `state` is this one's until it is complete, and
  /// whole only then.
  Reload(store::Store& store, core::State& state);
  /// Ends what is under way; waits for that, which takes about a second at most.
  ~Reload();

  /// The revision that the state is of, once it is complete.
  std::optional<Revision> complete() const;

  /// Why nothing can be served, for people.
  std::string trouble() const;

 private:
  void run();

  store::Store& store_;
  core::State& state_;
  std::atomic<bool> ended_ = false;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable resting_;
  bool stopping_ = false;
  std::optional<Revision> complete_;
  std::string trouble_ = "changes were lost, all is being loaded again";
  std::thread thread_;
};

}  // namespace dcount::engine
