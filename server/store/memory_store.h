// The store of tests and of simulation: several writers over one shared state in memory, deciding
// guards, ranges and marks as etcd does, with the faults that a medium and a network have.
//
// A MemoryDisk is what outlives the processes: the committed state, the part of it that is not
// synced yet, the power. A MemoryStore is one process's connection to it.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/store/store.h"

namespace dcount::store {

class MemoryStore;

/// Thread-safety: all members may be called from any thread. Keeps every change for ever, so that
/// a watch can begin anywhere.
class MemoryDisk {
 public:
  /// What a power failure does to what was written but not synced.
  enum class Tail { dropped, kept };

  /// The medium takes this many more writes and syncs (a batch is one of each), then the power
  /// fails: everything answers `failed` until crash().
  void cut_power_after(int writes);

  /// The power fails, now if it has not yet, and comes back. Stores open until now are dead: they
  /// answer `failed`, and their sinks hear nothing any more.
  void crash(Tail tail = Tail::dropped);

 private:
  friend class MemoryStore;

  struct Stored {
    std::string value;
    Revision revision = 0;
  };
  struct Writer {
    Mark mark;
    Revision revision = 0;             ///< of the batch that wrote the mark
    std::vector<GroupResult> results;  ///< of that batch
  };
  struct Change {
    Revision revision = 0;
    std::vector<Entry> entries;
  };
  /// What one batch that is not synced has replaced.
  struct Replaced {
    std::vector<std::pair<std::string, std::optional<Stored>>> entries;
    std::string node;
    Writer writer;
  };

  // All of these want mutex_ held.
  bool take_step();
  GroupResult judge(const Group& group) const;
  void apply(const std::string& node, const std::vector<Group>& groups, Mark next);
  bool apply_durably(const std::string& node, const std::vector<Group>& groups, Mark next,
                     bool sync);
  void take_back(Replaced& replaced);
  void tell_watchers();

  std::mutex mutex_;
  std::map<std::string, Stored> entries_;
  std::map<std::string, Writer> writers_;
  Revision revision_ = 0;
  std::vector<Change> changes_;     ///< one for each revision
  std::vector<Replaced> unsynced_;  ///< in the order of revisions, up to the newest
  std::vector<MemoryStore*> watchers_;
  int steps_left_ = std::numeric_limits<int>::max();
  int crashes_ = 0;
};

struct MemoryOptions {
  /// False acknowledges what a power failure can take back: for showing that tests notice.
  bool sync = true;
};

/// exclusive() is false. Answers, and calls all stores' sinks, before it returns, in the order of
/// revisions; a sink must not call a store.
class MemoryStore final : public Store {
 public:
  MemoryStore(std::shared_ptr<MemoryDisk> disk, std::string node, MemoryOptions options = {});
  ~MemoryStore() override;

  bool exclusive() const override { return false; }
  Result<Mark> claim() override;
  Result<Revision> load(const LoadVisitor& visitor) override;
  void commit(const Batch& batch, CommitDone done) override;
  void settle(const Batch& lost, Mark fence, CommitDone done) override;
  void watch(Revision after, ChangeSink* sink) override;

  /// A batch of its own writes or erases "alive/<node>", which watchers see. It is erased by the
  /// destructor, too, unless the power has failed.
  void announce(std::string value) override;
  Result<void> forget(std::string node) override;

  /// The key goes as if the lease had ended. Comes back with the next announce.
  void lose_lease();

  /// What happens to a commit or settle that is answered `unknown`.
  enum class Lost {
    request,  ///< it never arrives
    answer,   ///< it has arrived; nobody hears what came of it
    late,     ///< it arrives when arrive_late() is called
  };
  /// Loses the next commit or settle. Called on the thread that commits, as arrive_late is.
  void lose_next(Lost what) { lose_next_ = what; }
  void arrive_late();

 private:
  friend class MemoryDisk;

  bool alive() const;
  void write_presence(std::optional<std::string> value);
  CommitResult request(const Batch& batch, const Batch& subject);
  CommitResult execute(const Batch& batch, const Batch& subject);

  const std::shared_ptr<MemoryDisk> disk_;
  const std::string node_;
  const MemoryOptions options_;
  const int opened_after_crashes_;
  std::optional<Lost> lose_next_;
  std::vector<Batch> late_;

  // Under the disk's mutex.
  ChangeSink* sink_ = nullptr;
  std::size_t next_change_ = 0;
};

}  // namespace dcount::store
