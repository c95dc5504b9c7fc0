// Sends batches to etcd and brings their results, one at a time, on a thread of its own: the writer
// (writer.h) says what to send, a connection takes it there.
//
// Thread-safety: claim, then set_limits, then commit and settle, from one thread; results come on
// the committer's.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/store/etcd/transport.h"
#include "server/store/etcd/writer.h"
#include "server/store/store.h"

namespace dcount::store::etcd {

class Committer {
 public:
  Committer(Access access, std::string node, std::string identity,
            std::chrono::milliseconds patience, std::size_t first_endpoint);
  /// What is under way is given up: its `done` is called, or not.
  ~Committer();

  /// On the caller's thread, as Store::claim. Errors: unknown when it may succeed later.
  Result<Mark> claim();
  /// What etcd lets into a batch.
  void set_limits(const Limits& limits) { writer_.set_operations_max(limits.operations_max); }

  void commit(const Batch& batch, CommitDone done);
  void settle(const Batch& lost, Mark fence, CommitDone done);

 private:
  struct Job {
    std::function<Writer::Step()> begin;
    CommitDone done;
  };

  void start(Job job);
  void work();

  Writer writer_;
  Connection connection_;

  std::mutex mutex_;  // guards job_ and stopping_
  std::condition_variable wake_;
  std::optional<Job> job_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dcount::store::etcd
