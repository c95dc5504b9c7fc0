#include "server/store/etcd_store.h"

#include <atomic>
#include <cstdlib>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "server/core/names.h"
#include "server/store/etcd/feed.h"
#include "server/store/etcd/limits.h"
#include "server/store/etcd/loader.h"
#include "server/store/etcd/presence.h"
#include "server/store/etcd/writer.h"
#include "server/store/mark.h"

namespace dcount::store {
namespace {

using etcd::Connection;
using etcd::Feed;
using etcd::Writer;
using Clock = std::chrono::steady_clock;

// The heartbeat comes back every second; a stream that brings nothing for so long is dead.
constexpr std::chrono::milliseconds feed_silence{4000};
constexpr std::chrono::milliseconds feed_pause{100};
constexpr std::chrono::milliseconds claim_pause{100};
constexpr std::chrono::milliseconds load_patience{30'000};

/// Servers spread over the members: most of what they cost etcd they cost the one they speak to.
std::size_t first_endpoint(const EtcdOptions& options) {
  return std::hash<std::string>{}(options.identity);
}

/// Runs steps of the writer until they come to something.
template <class Outcome>
Outcome run(Writer& writer, Connection& connection, Writer::Step step) {
  while (const auto* request = std::get_if<etcd::Request>(&step)) {
    step = writer.on_reply(connection.send(*request));
  }
  return std::get<Outcome>(std::move(step));
}

/// Commits and settles, one at a time, on a thread of its own.
class Committer {
 public:
  Committer(const EtcdOptions& options)
      : writer_(options.access.address.prefix, options.node, options.identity),
        connection_(options.access, options.patience, first_endpoint(options)) {}
  ~Committer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    connection_.stop();
    if (thread_.joinable()) thread_.join();
  }

  /// On the caller's thread; before the first start.
  Result<Mark> claim(Limits& limits) {
    auto claimed = run<Writer::Claimed>(writer_, connection_, writer_.claim()).mark;
    if (!claimed) return claimed;
    const auto found = etcd::probe_limits(connection_, prefix());
    if (!found) return Error{Certainty::unknown, found.error().message};
    limits = *found;
    writer_.set_operations_max(limits.operations_max);
    return claimed;
  }

  void start(std::function<Writer::Step(Writer&)> begin, CommitDone done) {
    const std::lock_guard lock(mutex_);
    if (job_) std::abort();  // one at a time
    job_ = Job{std::move(begin), std::move(done)};
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    wake_.notify_all();
  }

 private:
  struct Job {
    std::function<Writer::Step(Writer&)> begin;
    CommitDone done;
  };

  const std::string& prefix() const { return writer_.prefix(); }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || job_; });
      if (stopping_) return;
      Job job = std::move(*job_);
      job_.reset();
      lock.unlock();
      CommitResult result = run<CommitResult>(writer_, connection_, job.begin(writer_));
      job.done(std::move(result));
      lock.lock();
    }
  }

  Writer writer_;
  Connection connection_;

  std::mutex mutex_;  // guards job_ and stopping_
  std::condition_variable wake_;
  std::optional<Job> job_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Follows one watch, over as many streams as it takes, on a thread of its own.
class Follower {
 public:
  Follower(const EtcdOptions& options, Revision after, ChangeSink& sink)
      : feed_(options.access.address.prefix, after),
        sink_(sink),
        connection_(options.access, options.patience, first_endpoint(options)),
        last_news_(Clock::now().time_since_epoch()),
        thread_([this] { follow(); }) {}
  ~Follower() {
    stopping_ = true;
    // A stream that is only just being opened does not hear the first call.
    while (!ended_) {
      connection_.stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    thread_.join();
  }

  /// For people; empty: changes arrive. `expected`: the heartbeat's should.
  std::string trouble(bool expected) const {
    if (gap_) return "changes were lost, all is being loaded again";
    if (!following_) return "the changes of other servers do not arrive: " + why();
    const auto silence = Clock::now().time_since_epoch() - last_news_.load();
    if (!expected || silence < feed_silence) return {};
    return "no change has arrived for " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(silence).count()) + " s";
  }

 private:
  void follow() {
    while (!stopping_) {
      Feed::State state = Feed::State::going_on;
      const std::string ended =
          connection_.stream(feed_.request(), feed_silence, [&](std::string_view piece) {
            state = feed_.take(piece, [this](Revision revision, const auto& entries) {
              deliver(revision, entries);
            });
            following_ = feed_.following();
            return state == Feed::State::going_on && !stopping_;
          });
      following_ = false;
      if (stopping_) break;
      if (state == Feed::State::compacted) {
        gap_ = true;
        sink_.on_gap();
        break;
      }
      set_why(state == Feed::State::broken ? feed_.error() : ended);
      std::unique_lock lock(mutex_);
      pause_.wait_for(lock, feed_pause, [this] { return stopping_.load(); });
    }
    ended_ = true;
  }

  void deliver(Revision revision, const std::vector<Entry>& entries) {
    last_news_ = Clock::now().time_since_epoch();
    if (!entries.empty()) sink_.on_changes(revision, entries);
  }

  void set_why(const std::string& why) {
    const std::lock_guard lock(mutex_);
    why_ = why;
  }
  std::string why() const {
    const std::lock_guard lock(mutex_);
    return why_.empty() ? "not connected yet" : why_;
  }

  Feed feed_;  // the thread's
  ChangeSink& sink_;
  Connection connection_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> following_ = false;
  std::atomic<bool> gap_ = false;
  std::atomic<Clock::duration> last_news_;
  mutable std::mutex mutex_;  // guards why_
  std::condition_variable pause_;
  std::string why_;
  std::thread thread_;
};

class EtcdStore final : public Store {
 public:
  explicit EtcdStore(EtcdOptions options)
      : options_(std::move(options)), committer_(options_) {}
  ~EtcdStore() override {
    watch(0, nullptr);
    const std::lock_guard lock(mutex_);
    presence_.reset();
  }

  bool exclusive() const override { return false; }
  Limits limits() const override { return limits_; }

  Result<Mark> claim() override {
    const auto give_up = Clock::now() + options_.claim_time;
    while (true) {
      auto claimed = committer_.claim(limits_);
      const bool final = claimed || claimed.error().certainty == Certainty::definite;
      if (claimed) {
        const std::lock_guard lock(mutex_);
        presence_ = std::make_unique<etcd::Presence>(
            options_.access, options_.node,
            etcd::to_owner_text(options_.identity, claimed->incarnation));
      }
      if (final || Clock::now() >= give_up) return claimed;
      std::this_thread::sleep_for(claim_pause);
    }
  }

  Result<Revision> load(const LoadVisitor& visitor) override {
    Connection connection(options_.access, load_patience);
    return etcd::load(connection, options_.access.address.prefix, visitor);
  }

  void commit(const Batch& batch, CommitDone done) override {
    check_batch(batch);
    committer_.start([&batch](Writer& writer) { return writer.commit(batch); }, std::move(done));
  }

  void settle(const Batch& lost, Mark fence, CommitDone done) override {
    check_batch({lost.previous, fence, {}});
    committer_.start([&lost, fence](Writer& writer) { return writer.settle(lost, fence); },
                     std::move(done));
  }

  void watch(Revision after, ChangeSink* sink) override {
    std::unique_ptr<Follower> old;
    {
      const std::lock_guard lock(mutex_);
      old = std::move(follower_);
    }
    old.reset();
    if (sink == nullptr) return;
    const std::lock_guard lock(mutex_);
    follower_ = std::make_unique<Follower>(options_, after, *sink);
  }

  std::string trouble() const override {
    const std::lock_guard lock(mutex_);
    std::string why = presence_ ? presence_->trouble() : "not claimed yet";
    if (why.empty() && follower_) why = follower_->trouble(presence_->announced());
    return why;
  }

  void announce(std::string value) override {
    const std::lock_guard lock(mutex_);
    if (!presence_) std::abort();  // from claim on
    presence_->announce(std::move(value));
  }

  Result<void> forget(std::string node) override {
    Connection connection(options_.access, options_.patience);
    const std::string alive = core::alive_key(node);
    const std::string mark = mark_key(node);
    const std::string owner = etcd::owner_key(node);
    etcd::Txn txn;
    txn.compare.push_back({etcd::Compare::Of::absent, alive, {}, {}, 0});
    txn.success = {etcd::erase_of(mark), etcd::erase_of(owner)};
    const auto reply = connection.send(
        {etcd::txn_path, etcd::txn_body(txn, options_.access.address.prefix)});
    if (etcd::fate_of(reply) != etcd::Fate::done) {
      return Error{Certainty::unknown, etcd::describe(reply)};
    }
    const auto done = etcd::parse_txn(reply.body, options_.access.address.prefix);
    if (!done) return done.error();
    if (!done->succeeded) return Error{Certainty::definite, "the node '" + node + "' is alive"};
    return {};
  }

 private:
  const EtcdOptions options_;
  Limits limits_;
  Committer committer_;

  mutable std::mutex mutex_;  // guards the pointers
  std::unique_ptr<etcd::Presence> presence_;
  std::unique_ptr<Follower> follower_;
};

}  // namespace

std::unique_ptr<Store> make_etcd_store(EtcdOptions options) {
  return std::make_unique<EtcdStore>(std::move(options));
}

}  // namespace dcount::store
