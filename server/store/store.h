// Where committed state lives: the one durability interface. Its forms: rocks_store (one machine,
// embedded), memory_store (tests and simulation), etcd_store (a cluster of servers).
//
// The model is etcd's: keys with values, one revision per batch, batches of guarded groups, and a
// mark that tells a writer what became of a batch whose answer it never saw.
//
// Thread-safety: one thread (the engine's) calls claim, commit, settle and watch, and has at most
// one commit or settle under way; load may be called from any thread at any time. Callbacks may
// come on any thread, also before the call that they answer has returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "server/core/entry.h"
#include "server/store/result.h"

namespace dcount::store {

/// A writer's place in its own history. Every batch carries the writer's previous mark as a guard
/// and writes the next one. A process has an incarnation of its own (claim), greater than that of
/// every process that wrote under this name before.
struct Mark {
  std::int64_t incarnation = 0;
  std::int64_t batch = 0;

  auto operator<=>(const Mark&) const = default;
};

/// Commands that share keys. Its writes apply, all of them, if and only if all its guards hold.
/// A group without writes is a read: it commits when what was read is still so.
struct Group {
  std::vector<Read> guards;
  std::vector<RangeRead> range_guards;
  std::vector<Write> writes;
};

/// Groups have disjoint keys and succeed or fail one by one; all that succeed share one revision.
struct Batch {
  Mark previous;  ///< what the store must hold for this writer
  Mark next;      ///< what it holds once the batch is in
  std::vector<Group> groups;
};

struct GroupResult {
  bool committed = false;
  /// When not committed: every entry the group guarded that is not as it was seen, read in one
  /// piece with the failed comparison or after it (so it may be as seen again, and this empty).
  std::vector<Entry> current;
  /// Not committed, as far as can be said: whether it applied is not to be known any more, since
  /// the store has dropped the history that would tell. Nothing of it can happen later; if it
  /// applied, the feed brings it. Said of settled batches only, of groups with writes only, and
  /// never by an exclusive store.
  bool untold = false;
};

struct CommitResult {
  enum class Status {
    committed,    ///< the batch is durable; `groups` says which of its groups applied
    not_applied,  ///< none of it happened, and none ever will
    full,         ///< as not_applied: the store has no room for writes until an operator makes some
    unknown,      ///< it may have been applied, or may still be: settle it
    fenced,       ///< a newer incarnation of this writer exists: this process must stop
    failed,       ///< the store is broken for good (a failed sync); what became of the batch will
                  ///< be known to the next process that opens it. Accept nothing any more.
  };
  Status status = Status::unknown;
  Revision revision = 0;            ///< of the batch, when committed
  Mark mark;                        ///< what the store holds for this writer, unless unknown
  std::vector<GroupResult> groups;  ///< one for each group of the batch, when committed
  std::string error;                ///< why, for people, when not committed
};

/// What fits into one batch. Operations are counted as etcd counts them: a batch has one and one
/// for each group, and the largest group adds its guards or its writes, whichever are more.
struct Limits {
  std::size_t operations_max = std::numeric_limits<std::size_t>::max();
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();  ///< keys and values, all told
};

using CommitDone = std::function<void(CommitResult)>;

/// One entry at a time, in the order of keys. Tombstones are included, writers' marks are not.
using LoadVisitor = std::function<void(const Entry&)>;

/// Committed batches, in the order of revisions, each once, none left out.
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  /// Everything revision `revision` changed; nothing for claims, fences and batches all of whose
  /// groups failed. Must not call the store. Called on a thread of the store's, or inside commit.
  virtual void on_changes(Revision revision, std::span<const Entry> entries) = 0;

  /// Changes were lost (the store has compacted its history before they could be read); no more
  /// come until the caller has loaded again and watches from there. As on_changes otherwise.
  virtual void on_gap() {}
};

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// True when no other process can write while we have it open. Then every guard holds by
  /// construction for a caller that has applied what it loaded and committed, a group never fails,
  /// and what is committed needs no guard to be read.
  virtual bool exclusive() const = 0;

  /// Any thread; the same as long as the store is open, from claim on.
  virtual Limits limits() const { return {}; }

  /// Why nothing can be committed at present, or others' changes do not arrive, for people; empty:
  /// all is well. Any thread.
  virtual std::string trouble() const { return {}; }

  /// Keeps "alive/<node>" there with this value, for as long as this process lives and reaches the
  /// store: it is gone a few seconds after either ends, and at once when the store is closed. From
  /// claim on; again: with the new value. Does not wait. Any thread. An exclusive store, having no
  /// one to tell, does nothing.
  virtual void announce(std::string value) { static_cast<void>(value); }

  /// Erases what a writer that is gone for good has left (its mark, its name's owner), unless it is
  /// announced. Blocks on the store. Any thread.
  virtual Result<void> forget(std::string node) {
    static_cast<void>(node);
    return {};
  }

  /// Begins a new incarnation of this writer, durably. Afterwards no batch of an earlier one can
  /// apply any more. Comes before the first commit. Errors: the store cannot be reached or written.
  virtual Result<Mark> claim() = 0;

  /// Shows every entry as of one revision, and returns that revision. Entries are the visitor's
  /// only during the call. Error: `unknown` when the same may succeed if it is asked again.
  virtual Result<Revision> load(const LoadVisitor& visitor) = 0;

  /// Lets loads that are under way fail, soon: one that is only just beginning may not hear it, so
  /// until they have ended it is called again. Any thread.
  virtual void interrupt_loads() {}

  /// Applies the batch durably (synced before it is called committed). An exclusive store answers
  /// before commit returns. `batch` must live until `done` is called, or the store is destroyed. A
  /// batch without groups is fine.
  /// Keys under "writer/" and "store/" are the store's own (mark.h): writing one aborts.
  virtual void commit(const Batch& batch, CommitDone done) = 0;

  /// Finds out, for good, what became of a batch that was `unknown`, by committing a fence: the
  /// same guard, writing only `fence` (same incarnation, a batch number never used before).
  /// committed: the batch had applied, with the groups' results (a group that only read may be said
  /// not to have, and some may be untold); not_applied: it cannot any more;
  /// unknown: settle again, with another fence.
  virtual void settle(const Batch& lost, Mark fence, CommitDone done) = 0;

  /// From now on `sink` gets every batch with a revision above `after` (a revision got from load,
  /// or later), in order, ours and those of others. One sink; null ends it, and when that call has
  /// returned the old one is not called any more.
  virtual void watch(Revision after, ChangeSink* sink) = 0;
};

}  // namespace dcount::store
