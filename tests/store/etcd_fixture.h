// Real etcd for tests: one cluster of three members for the whole program (starting one takes
// seconds), and what tests ask etcd beside the store. A test that breaks members need not mend
// them.
//
// Thread-safety: one thread's.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/store/etcd_store.h"
#include "sim/etcd_cluster.h"
#include "tests/store/contract.h"
#include "tests/store/rig.h"
#include "tests/store/temporary_directory.h"

namespace dcount::store {

/// The program's cluster. It serves, or no test runs.
sim::EtcdCluster& cluster();

/// What its flags say, less what a batch weighs beyond its keys and values.
inline constexpr Limits cluster_limits{4096, (8 << 20) - (4 << 10)};

/// "t-5f3a…/": nobody else's.
std::string new_prefix();

/// The way to these members, or to all.
etcd::Access access_to(const sim::EtcdCluster& etcd, const std::string& prefix,
                       const std::vector<std::size_t>& members = {});

/// Nobody's name yet is this node's.
EtcdOptions options_for(const etcd::Access& access, const std::string& node);

/// For an answer of members that nothing is done to, on a disk that may be slow. The store's own
/// patience is short: a lost answer is settled. A test that asks for one answer does not.
inline constexpr std::chrono::milliseconds unhurried{30'000};

/// Processes of one dcount cluster: all over the same prefix.
class EtcdRig final : public Rig {
 public:
  /// Without limits every claim finds them out, which takes longer than most tests.
  explicit EtcdRig(etcd::Access access, std::optional<Limits> limits = std::nullopt,
                   std::chrono::milliseconds patience = EtcdOptions{}.patience)
      : access_(std::move(access)), limits_(limits), patience_(patience) {}

  const etcd::Access& access() const { return access_; }
  Result<std::unique_ptr<Store>> open(const std::string& node) override {
    EtcdOptions options = options_for(access_, node);
    options.limits = limits_;
    options.patience = patience_;
    return make_etcd_store(options);
  }
  /// etcd's disks are etcd's: what a power failure leaves of them is decided there, and cannot be
  /// cut into steps from here. Instead all of its processes are killed at once (etcd_rig.cpp).
  void cut_power_after(int) override {}
  void crash(Tail, unsigned) override {}

 private:
  const etcd::Access access_;
  const std::optional<Limits> limits_;
  const std::chrono::milliseconds patience_;
};

class EtcdTest : public testing::Test {
 protected:
  void TearDown() override;

  const std::string prefix = new_prefix();
  EtcdRig rig{access_to(cluster(), prefix), cluster_limits};
};

/// A cluster of one member with options of its own. Throws when it does not start.
class OwnEtcd {
 public:
  explicit OwnEtcd(sim::EtcdOptions options);
  sim::EtcdCluster* operator->() { return &etcd_; }
  sim::EtcdCluster& operator*() { return etcd_; }
  const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  const TemporaryDirectory directory_;
  sim::EtcdCluster etcd_;
};

/// Asks a member's gateway; the body. Throws when the answer is not 200.
std::string ask(const sim::EtcdMember& member, const std::string& path, const std::string& body);

Revision revision_now(const sim::EtcdMember& member);
/// Forgets the history before `revision`.
void compact(const sim::EtcdMember& member, Revision revision);
/// What an operator does for an etcd that has reached its quota, compaction included.
void make_room(const sim::EtcdCluster& etcd);

/// Of what a process would load now.
Revision revision_of(Writer& writer);

/// Settles until it is known what became of the batch.
CommitResult settle_for_good(Writer& writer, const Batch& lost);

/// Whether it became true within the time.
bool eventually(const std::function<bool()>& holds,
                std::chrono::seconds at_most = std::chrono::seconds(20));

}  // namespace dcount::store
