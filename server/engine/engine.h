// The thread that runs the sequencer over a store: everything that counts goes through here.
//
// Thread-safety: submit, dump, status and statistics from any thread; start and stop from one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/engine/clock.h"
#include "server/engine/completion.h"
#include "server/engine/feed_sink.h"
#include "server/engine/sequencer.h"
#include "server/engine/statistics.h"
#include "server/store/store.h"

namespace dcount::engine {

struct EngineOptions {
  SequencerOptions sequencer;
  std::int64_t tombstone_ms = std::int64_t{7} * 24 * 3600 * 1000;
  std::size_t idempotency_records_max = 1'000'000;
  std::int64_t idempotency_keep_ms = std::int64_t{24} * 3600 * 1000;
  std::int64_t sweep_ms = 1000;  ///< between rounds of housekeeping
  /// How long start() loads again while the store does not answer: as long as it claims.
  std::chrono::milliseconds load_time{20'000};
};

class Engine {
 public:
  enum class Status {
    serving,
    restoring,  ///< serving, but a restore is not complete
    stopped,    ///< by stop, or not started
    failed,     ///< for good: the store failed or another process took our place
  };

  /// `clock` outlives the engine.
  Engine(std::unique_ptr<store::Store> store, const Clock& clock, EngineOptions options = {});
  ~Engine();

  /// Claims the store, loads it and starts the thread. Blocks while loading. Errors: the store's,
  /// one that may pass only when it has not passed within EngineOptions::load_time.
  [[nodiscard]] Result<void> start();

  /// Hands commands over, in order; the vector comes back empty. Never blocks on anything but a
  /// short lock. Each is completed at its sink exactly once; those that come when too many wait or
  /// after stop are completed as unavailable, inside this call.
  void submit(std::vector<Submission>& submissions);

  /// Completes what is queued, then ends the thread.
  void stop();

  /// Who is told of committed changes while it is wanted. Set before start; outlives the engine's
  /// work.
  void publish_to(FeedSink& sink);

  /// Runs `visit` on the engine's thread, soon, between batches: after it was told of all changes
  /// up to the state's revision and before it is told of any other. It must be short: commands wait
  /// meanwhile. While the state is being loaded it waits; when the engine stops it is dropped,
  /// destroyed on any thread. Visits have a fraction of a millisecond together, then commands get
  /// their turn; an urgent one is over before any command submitted later is decided.
  void visit(std::function<void(const core::State& state)> visit, bool urgent = false);

  /// Begins to tell the sink of changes, or ends it; to be called by a visit. In a cluster the sink
  /// is told in any case.
  void want_feed(bool wanted);

  /// Shows every record as of one revision, and returns that revision as clients see it. Blocks on
  /// the store; the engine goes on meanwhile.
  [[nodiscard]] Result<Revision> dump(const store::LoadVisitor& visitor);

  /// Refuses all commands but those about nodes as unavailable, and expires nothing, until called
  /// with an empty string. `why` is for people.
  void suspend(std::string why);

  /// Why commands cannot be served at present (suspended, the store is not reached, its changes do
  /// not arrive), for people; empty: they can.
  std::string trouble() const;

  /// What fits one command's reads and writes.
  store::Limits limits() const;

  /// The store's own (Store::announce, Store::forget).
  void announce(std::string value);
  [[nodiscard]] Result<void> forget_writer(const std::string& node);

  Status status() const;
  /// Why it failed, for people.
  std::string failure() const;
  /// Called once, on the engine's thread, when it fails. Set before start.
  void on_failure(std::function<void()> callback);

  Statistics statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcount::engine
