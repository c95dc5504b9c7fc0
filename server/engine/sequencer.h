// The heart: commands in, batches out, answers back. Step-driven, like etcd-io/raft's RawNode: no
// thread, clock, socket or randomness inside, so that the same code serves the engine's thread and
// the deterministic world.
//
//   submit(command) …   next_batch() -> store   on_result(store's answer)   take_completions()
//
// Commands that wait while a batch is under way form the next one (group commit). Commands on one
// key fold into one write, yet each gets its own answer. Nothing is answered before it is durable.
//
// A batch whose fate is unknown is settled by a fence before anything else is committed; commands
// whose groups met a conflict are decided again. Every command is answered by its deadline:
// unavailable when it was not applied and will not be, unknown while its batch is unresolved, or
// when the store cannot tell any more whether its group has applied.
//
// Time may go back, though SystemClock's never does: then nothing waits longer than if it began
// then.
//
// Thread-safety: none; one thread's.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/decide.h"
#include "server/core/state.h"
#include "server/engine/completion.h"
#include "server/engine/forming_batch.h"
#include "server/engine/leases.h"
#include "server/engine/rests.h"
#include "server/engine/turns.h"
#include "server/store/store.h"

namespace dcount::engine {

struct SequencerOptions {
  std::size_t batch_commands_max = 4096;
  std::size_t batch_bytes_max = std::size_t{4} << 20;
  std::size_t queued_commands_max = 100'000;  ///< one more is answered unavailable at once
  std::int64_t deadline_ms = 8000;
  std::int64_t retry_ms = 20;   ///< before the store is asked again that did not take a batch
  std::int64_t rest_ms = 5;     ///< how long a contended key is left to others after we won it
  std::int64_t turn_ms = 60;    ///< as long at most when others have asked for it
  std::int64_t feed_ms = 250;   ///< how long the feed may take to bring what a conflict told of
  std::int64_t full_ms = 1000;  ///< between writes tried on a store that is out of space
  store::Limits limits;         ///< the store's
};

/// What the store is to do next: commit `batch`, or, with a fence, settle it.
struct Step {
  store::Batch batch;
  std::optional<store::Mark> fence;
  std::size_t commands = 0;  ///< that wait for it
};

class Sequencer {
 public:
  enum class Status {
    serving,
    fenced,  ///< a newer process has taken our name over
    failed,  ///< the store is broken; what was under way is unknown
  };

  /// `state` has been loaded, `mark` claimed; `exclusive` as the store says.
  Sequencer(core::State& state, store::Mark mark, bool exclusive, SequencerOptions options = {});

  /// Takes the command over; its completion comes later or, for one that cannot be taken (queue
  /// full, key in flight, no longer serving) or asks for what is known only (stale), with the next
  /// take_completions.
  void submit(core::Command command, Ticket ticket, core::Now now);

  /// The next thing for the store, if there is something and nothing is under way. Reads that need
  /// no commit are completed on the way. The step's batch stays valid until on_result.
  const Step* next_step(core::Now now);

  /// The store's answer to the last step.
  void on_result(const store::CommitResult& result, core::Now now);

  /// Changes as the store's feed brings them, in order: our own (known already) and others'.
  void on_changes(Revision revision, std::span<const Entry> entries);

  /// From here on the state is not to be looked at: commands wait, an answer of the store's, too.
  void on_state_lost() { state_lost_ = true; }
  /// It has been loaded anew.
  void on_state_loaded(core::Now now);

  /// Answers what has reached its deadline.
  void expire(core::Now now);

  /// When next_step or expire will have something to do even if nothing else happens.
  std::optional<std::int64_t> wake_ms() const;

  /// Gives back what is left of leased blocks, by commands of this sequencer's own with `ticket`:
  /// up to a batch of them. False: there is nothing to give back, or nothing can be while a batch
  /// is unresolved. Before a clean stop.
  bool return_leases(Ticket ticket, core::Now now);

  std::vector<Completion> take_completions();

  Status status() const { return status_; }
  const std::string& failure() const { return failure_; }
  std::size_t queued() const { return queue_.size(); }
  /// Nobody waits for an answer.
  bool idle() const;

 private:
  struct Waiting {
    core::Command command;
    Ticket ticket;
    std::int64_t deadline_ms = 0;
    bool answered = false;  ///< told unknown while its batch was unresolved: never run again
  };
  enum class Phase { idle, committing, lost, settling };

  void form(core::Now now);
  core::Decision decide(core::Command& command, core::Now now);
  void take_leases_back(const std::vector<std::size_t>& commands);
  void on_committed(const store::CommitResult& result, core::Now now);
  void on_conflict(std::size_t group, const store::CommitResult& result, core::Now now,
                   std::vector<std::size_t>& again);
  void on_untold(std::size_t group);
  bool answer_from_conflict(std::size_t group, core::Now now);
  void on_full(core::Now now);
  void requeue(std::vector<std::size_t> commands);
  void requeue_all();
  void notice_time(core::Now now);
  void stop(Status status, std::string why, core::Code under_way);
  void complete(Waiting& waiting, core::Outcome outcome);
  void finish(const Waiting& waiting);

  core::State& state_;
  store::Mark mark_;
  const bool exclusive_;
  const SequencerOptions options_;

  std::deque<Waiting> queue_;  // in the order of submission, and so of deadlines
  FormingBatch forming_;
  std::vector<Waiting> in_batch_;
  std::vector<core::Outcome> outcomes_;                 // of in_batch_, if its group commits
  std::vector<std::vector<std::size_t>> batch_groups_;  // group -> places in in_batch_
  Step step_;
  Phase phase_ = Phase::idle;
  bool state_lost_ = false;
  std::optional<store::CommitResult> held_back_;  // till the state is there to take it
  std::int64_t last_batch_ = 0;
  std::int64_t latest_ms_ = 0;  // the time as we were told last
  std::int64_t not_before_ms_ = 0;
  std::int64_t full_until_ms_ = 0;  // the store takes no writes, as far as we know
  std::vector<Completion> completions_;
  Leases leases_;
  boost::unordered_flat_set<std::string> keys_in_flight_;  // idempotency digests
  Turns turns_;
  Rests rests_;
  std::int64_t all_rest_until_ms_ = 0;  // when all that is queued waits for such a key
  Status status_ = Status::serving;
  std::string failure_;
};

}  // namespace dcount::engine
