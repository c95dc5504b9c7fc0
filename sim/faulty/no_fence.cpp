// Planted: what became of a batch whose answer was lost is looked up instead of fenced off. Not
// seen within 300 ms means lost: 2 s later its commands are decided again, though it may have come
// by then.
//
// The writer's mark would still stop the second one, so this store forgives a mark that is not the
// expected one: it takes over what it finds.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "server/store/etcd/reply.h"
#include "server/store/mark.h"
#include "sim/faulty/cluster_plants.h"
#include "sim/faulty/store_decorator.h"

namespace dcount::faulty {
namespace {

using store::Batch;
using store::CommitResult;
using store::Mark;
namespace etcd = store::etcd;

class UnfencedStore final : public StoreDecorator {
 public:
  UnfencedStore(std::unique_ptr<store::Store> inner, const store::EtcdOptions& options)
      : StoreDecorator(std::move(inner)),
        mark_key_(store::mark_key(options.node)),
        prefix_(options.access.address.prefix),
        // Not at the member that the answer did not come from (EtcdStore begins there).
        connection_(options.access, look_time, std::hash<std::string>{}(options.identity) + 1) {}
  ~UnfencedStore() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    connection_.stop();
    if (looker_.joinable()) looker_.join();
    close_inner();
  }

  Result<Mark> claim() override {
    auto claimed = inner().claim();
    if (claimed) held_ = *claimed;
    return claimed;
  }

  void commit(const Batch& batch, store::CommitDone done) override {
    sent_ = batch;
    sent_.previous = held_;
    inner().commit(sent_, [this, done = std::move(done)](CommitResult result) {
      take_over(result);
      done(std::move(result));
    });
  }

  void settle(const Batch&, Mark fence, store::CommitDone done) override {
    if (looker_.joinable()) looker_.join();
    looker_ = std::thread([this, fence, done = std::move(done)]() mutable {
      const std::optional<Mark> found = look();
      if (found == sent_.next) {  // it has applied: as one ought to
        inner().settle(sent_, fence, [this, done = std::move(done)](CommitResult result) {
          take_over(result);
          done(std::move(result));
        });
        return;
      }
      pause();
      if (found) held_ = *found;
      CommitResult result;
      result.status = CommitResult::Status::not_applied;
      result.mark = held_;
      result.error = "it was not seen";
      done(std::move(result));
    });
  }

 private:
  void take_over(const CommitResult& result) {
    if (result.mark.incarnation == held_.incarnation) held_ = result.mark;
  }

  /// Nothing when etcd did not say in time.
  std::optional<Mark> look() {
    const auto range = etcd::range_of(mark_key_);
    const auto reply = connection_.send({etcd::range_path, etcd::range_body(range, prefix_)});
    if (etcd::fate_of(reply) != etcd::Fate::done) return std::nullopt;
    const auto found = etcd::parse_range(reply.body, prefix_);
    if (!found || found->entries.empty()) return std::nullopt;
    return store::parse_mark(found->entries.front().value);
  }

  void pause() {
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, pause_after_look, [this] { return stopping_; });
  }

  const std::string mark_key_;
  const std::string prefix_;
  etcd::Connection connection_;  // the looker's
  // Of whoever has the one thing that is under way.
  Mark held_;  // by etcd, as far as is known
  Batch sent_;
  std::thread looker_;

  std::mutex mutex_;  // guards stopping_
  std::condition_variable stopped_;
  bool stopping_ = false;
};

}  // namespace

std::unique_ptr<store::Store> leave_fence_out(std::unique_ptr<store::Store> store,
                                              const store::EtcdOptions& options) {
  return std::make_unique<UnfencedStore>(std::move(store), options);
}

}  // namespace dcount::faulty
