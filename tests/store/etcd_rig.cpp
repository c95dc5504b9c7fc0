// The contract over a real etcd of three members. Every rig is a cluster of its own by its prefix.
#include "server/store/etcd_store.h"
#include "tests/store/contract.h"
#include "tests/store/etcd_fixture.h"
#include "tests/store/rig.h"

namespace dcount::store {
namespace {

const RigMaker maker{"etcd", [] { return make_etcd_rig(); }};
const auto name = [](const auto& info) { return std::string(info.param.name); };

INSTANTIATE_TEST_SUITE_P(Etcd, StoreContract, testing::Values(maker), name);
INSTANTIATE_TEST_SUITE_P(Etcd, SharedStoreContract, testing::Values(maker), name);
// Its steps are those of a medium under the store, and etcd's media are not ours to fail. What is
// left of the facts is below.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CrashContract);

class EtcdCrash : public EtcdTest {};

TEST_F(EtcdCrash, WhatWasAcknowledgedSurvivesAKillOfAllMembersAtOnce) {
  Writer writer(rig);
  Contents expected;
  for (int i = 0; i < 20; ++i) {
    const std::string key = "k" + std::to_string(i % 7);
    const auto result = writer.put(key, std::to_string(i));
    ASSERT_EQ(result.status, CommitResult::Status::committed) << result.error;
    expected[key] = {std::to_string(i), result.revision};
  }
  for (std::size_t i = 0; i < cluster().size(); ++i) cluster().kill(i);
  const auto restarted = cluster().start();
  ASSERT_TRUE(restarted) << restarted.error().message;
  Writer next(rig);
  EXPECT_EQ(next.contents(), expected);
  EXPECT_GT(next.mark().incarnation, writer.mark().incarnation);
  EXPECT_EQ(writer.put("k", "late").status, CommitResult::Status::fenced);
}

}  // namespace

std::unique_ptr<Rig> make_etcd_rig() {
  return std::make_unique<EtcdRig>(access_to(cluster(), new_prefix()), cluster_limits, unhurried);
}

}  // namespace dcount::store
