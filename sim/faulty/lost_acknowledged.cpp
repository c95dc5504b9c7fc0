// Planted: a batch is called committed at once and reaches the store 50 ms later. Nothing is out of
// order, and a clean stop loses nothing.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "sim/faulty/embedded_plants.h"
#include "sim/faulty/store_decorator.h"

namespace dcount::faulty {
namespace {

using store::Batch;
using store::CommitResult;
using Clock = std::chrono::steady_clock;

constexpr std::size_t late_batches_max = 4096;

class LateStore final : public StoreDecorator {
 public:
  explicit LateStore(std::unique_ptr<store::Store> inner)
      : StoreDecorator(std::move(inner)), thread_([this] { work(); }) {}
  ~LateStore() override {
    {
      const std::lock_guard lock(mutex_);
      hurry_ = stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  Result<Revision> load(const store::LoadVisitor& visitor) override {
    drain();
    auto revision = inner().load(visitor);
    const std::lock_guard lock(mutex_);
    if (revision && revision_ == 0) revision_ = *revision;
    return revision;
  }

  void commit(const Batch& batch, store::CommitDone done) override {
    CommitResult result;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return late_.size() < late_batches_max; });
      if (failed_) {
        result = *failed_;
      } else {
        late_.push_back({batch, Clock::now() + acknowledged_early});
        result.status = CommitResult::Status::committed;
        result.revision = ++revision_;
        result.mark = batch.next;
        result.groups.assign(batch.groups.size(), {.committed = true, .current = {}});
      }
    }
    changed_.notify_all();
    done(std::move(result));
  }

 private:
  struct Late {
    Batch batch;
    Clock::time_point due;
  };

  /// Waits until all that was acknowledged is in the store.
  void drain() {
    std::unique_lock lock(mutex_);
    hurry_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return late_.empty(); });
    hurry_ = stopping_;
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !late_.empty(); });
      if (late_.empty()) return;
      if (!hurry_ && Clock::now() < late_.front().due) {
        changed_.wait_until(lock, late_.front().due);
        continue;
      }
      const Batch& batch = late_.front().batch;  // stays where it is: only this thread takes away
      lock.unlock();
      std::optional<CommitResult> result;
      inner().commit(batch, [&](CommitResult done) { result = std::move(done); });
      lock.lock();
      if (result->status != CommitResult::Status::committed) failed_ = std::move(result);
      late_.pop_front();
      changed_.notify_all();
    }
  }

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Late> late_;
  Revision revision_ = 0;
  std::optional<CommitResult> failed_;
  bool hurry_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<store::Store> lose_acknowledged(std::unique_ptr<store::Store> store) {
  return std::make_unique<LateStore>(std::move(store));
}

}  // namespace dcount::faulty
