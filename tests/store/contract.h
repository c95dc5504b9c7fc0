// The facts that hold for every store, and what the tests that state them share.
//
// contract.cpp: what one process sees. contract_crash.cpp: what a power failure leaves.
// contract_shared.cpp: stores with several writers only. contract_properties.cpp: random batches
// against a dumb model. Each *_rig.cpp applies them to one store.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/store/store.h"
#include "tests/store/rig.h"

namespace dcount::store {

/// What is in a store: values with their revisions.
using Contents = std::map<std::string, std::pair<std::string, Revision>>;

/// One process that writes: its store, and the mark that its next batch follows. Waits for answers.
/// Throws when the store cannot be opened or claimed, or does not answer within 20 s.
class Writer {
 public:
  explicit Writer(Rig& rig, const std::string& node = "a");

  Store& store() { return *store_; }
  Mark mark() const { return mark_; }

  /// The batch that would come next. Does not commit it.
  Batch next(std::vector<Group> groups) const;
  /// Commits, and follows the mark when it is in.
  CommitResult commit(const Batch& batch);
  CommitResult commit(std::vector<Group> groups) { return commit(next(std::move(groups))); }
  CommitResult put(const std::string& key, const std::string& value);
  CommitResult erase(const std::string& key);
  /// Settles with a fence not used before.
  CommitResult settle(const Batch& lost);

  Contents contents(Revision* revision = nullptr);

 private:
  std::unique_ptr<Store> store_;
  Mark mark_;
  int fences_ = 0;
};

/// A group of writes without guards.
Group group(std::vector<Write> writes);

/// Keeps what a watch tells. Thread-safe.
class Log : public ChangeSink {
 public:
  void on_changes(Revision revision, std::span<const Entry> entries) override;
  void on_gap() override;

  /// Whether it has been told of this revision, or a later one, within 20 s.
  bool wait_for(Revision revision) const;
  bool wait_for_gap() const;

  std::vector<Revision> revisions() const;
  std::vector<Entry> entries() const;
  int gaps() const;

 private:
  bool wait(const std::function<bool()>& holds) const;

  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable changed_;
  std::vector<Revision> revisions_;
  std::vector<Entry> entries_;
  int gaps_ = 0;
};

class RigTest : public testing::TestWithParam<RigMaker> {
 protected:
  const std::unique_ptr<Rig> rig = GetParam().make();
};
class StoreContract : public RigTest {};
class CrashContract : public RigTest {};
class SharedStoreContract : public RigTest {};

// For stores that are fine the answer is `kept`; others are built to show that this is checked.
enum class Verdict {
  kept,   ///< all that was acknowledged is there, what was not is there whole or not at all
  lost,   ///< something acknowledged is not there
  torn,   ///< a part of a batch is there
  stuck,  ///< the store cannot be opened or written any more, or goes back in time
};
struct CrashReport {
  Verdict verdict = Verdict::kept;
  std::string why;
  bool finished = false;  ///< the power would have failed only after the last batch
};

/// A process opens a new store and commits batches, the power fails after `steps` steps of the
/// medium, another process opens what is left.
CrashReport crash_after(Rig& rig, int steps, Tail tail);

/// Runs crash_after on new rigs with 0, 1, 2, ... steps, until the workload finishes or the verdict
/// is not `kept`; that is the one returned.
CrashReport crash_at_every_step(const RigMaker& maker, Tail tail);

}  // namespace dcount::store
