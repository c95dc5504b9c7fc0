#include "server/store/etcd_store.h"

#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/core/names.h"
#include "server/store/etcd/committer.h"
#include "server/store/etcd/follower.h"
#include "server/store/etcd/limits.h"
#include "server/store/etcd/loader.h"
#include "server/store/etcd/presence.h"
#include "server/store/mark.h"

namespace dcount::store {
namespace {

using etcd::Connection;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds claim_pause{100};
constexpr std::chrono::milliseconds load_patience{30'000};
/// 12 MB are to be read: what etcd is given up on costs it as much as what it answers, and a busy
/// one would be asked again and again.
constexpr std::chrono::milliseconds limits_patience{10'000};

/// Tries until it succeeds, fails for good, or the time is over.
template <class Try>
auto insist(Clock::time_point give_up, Try attempt) {
  while (true) {
    auto result = attempt();
    if (result || result.error().certainty == Certainty::definite) return result;
    if (Clock::now() >= give_up) return result;
    std::this_thread::sleep_for(claim_pause);
  }
}

class EtcdStore final : public Store {
 public:
  explicit EtcdStore(EtcdOptions options)
      : options_(std::move(options)),
        // Servers spread over the members: most of what one costs etcd it costs the member that it
        // speaks to.
        first_endpoint_(std::hash<std::string>{}(options_.identity)),
        committer_(options_.access, options_.node, options_.identity, options_.patience,
                   first_endpoint_) {}
  ~EtcdStore() override {
    watch(0, nullptr);
    const std::lock_guard lock(mutex_);
    presence_.reset();
  }

  bool exclusive() const override { return false; }
  Limits limits() const override { return limits_; }

  Result<Mark> claim() override {
    const auto give_up = Clock::now() + options_.claim_time;
    auto claimed = insist(give_up, [this] { return committer_.claim(); });
    if (!claimed) return claimed;
    const auto limits = insist(give_up, [this] { return find_limits(); });
    if (!limits) return limits.error();
    limits_ = *limits;
    committer_.set_limits(limits_);
    const std::lock_guard lock(mutex_);
    presence_ = std::make_unique<etcd::Presence>(
        options_.access, options_.node,
        etcd::to_owner_text(options_.identity, claimed->incarnation));
    return claimed;
  }

  Result<Revision> load(const LoadVisitor& visitor) override {
    Connection connection(options_.access, load_patience);
    note_load(&connection, true);
    auto revision = etcd::load(connection, options_.access.address.prefix, visitor);
    note_load(&connection, false);
    return revision;
  }

  void interrupt_loads() override {
    const std::lock_guard lock(mutex_);
    for (Connection* connection : loads_) connection->stop();
  }

  void commit(const Batch& batch, CommitDone done) override {
    check_batch(batch);
    committer_.commit(batch, std::move(done));
  }

  void settle(const Batch& lost, Mark fence, CommitDone done) override {
    check_batch({lost.previous, fence, {}});
    committer_.settle(lost, fence, std::move(done));
  }

  void watch(Revision after, ChangeSink* sink) override {
    std::unique_ptr<etcd::Follower> old;
    {
      const std::lock_guard lock(mutex_);
      old = std::move(follower_);
    }
    old.reset();
    if (sink == nullptr) return;
    const std::lock_guard lock(mutex_);
    follower_ = std::make_unique<etcd::Follower>(options_.access, first_endpoint_, after, *sink);
  }

  std::string trouble() const override {
    const std::lock_guard lock(mutex_);
    std::string why = presence_ ? presence_->trouble() : "not claimed yet";
    if (why.empty() && follower_) why = follower_->trouble(presence_->beats());
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
    const auto reply =
        connection.send({etcd::txn_path, etcd::txn_body(txn, options_.access.address.prefix)});
    if (etcd::fate_of(reply) != etcd::Fate::done) {
      return Error{Certainty::unknown, etcd::describe(reply)};
    }
    const auto done = etcd::parse_txn(reply.body, options_.access.address.prefix);
    if (!done) return done.error();
    if (!done->succeeded) return Error{Certainty::definite, "the node '" + node + "' is alive"};
    return {};
  }

 private:
  Result<Limits> find_limits() const {
    if (options_.limits) return *options_.limits;
    Connection connection(options_.access, limits_patience, first_endpoint_);
    return etcd::probe_limits(connection, options_.access.address.prefix);
  }

  void note_load(Connection* connection, bool under_way) {
    const std::lock_guard lock(mutex_);
    if (under_way)
      loads_.push_back(connection);
    else
      std::erase(loads_, connection);
  }

  const EtcdOptions options_;
  const std::size_t first_endpoint_;
  Limits limits_;
  etcd::Committer committer_;

  mutable std::mutex mutex_;  // guards what follows
  std::unique_ptr<etcd::Presence> presence_;
  std::unique_ptr<etcd::Follower> follower_;
  std::vector<Connection*> loads_;  // under way
};

}  // namespace

std::unique_ptr<Store> make_etcd_store(EtcdOptions options) {
  return std::make_unique<EtcdStore>(std::move(options));
}

}  // namespace dcount::store
