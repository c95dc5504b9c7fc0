// What memory_store has beyond the contract: lost answers, and a form that is not durable.
#include "server/store/memory_store.h"

#include <gtest/gtest.h>

#include "tests/store/contract.h"

namespace dcount::store {
namespace {

using Status = CommitResult::Status;
using Lost = MemoryStore::Lost;

class LostAnswer : public testing::Test {
 protected:
  const std::unique_ptr<Rig> rig = make_memory_rig();
  Writer writer{*rig};
  MemoryStore& store = static_cast<MemoryStore&>(writer.store());
  const Batch batch = writer.next({group({{"k", "v"}})});
};

TEST_F(LostAnswer, IsUnknown) {
  store.lose_next(Lost::answer);
  EXPECT_EQ(writer.commit(batch).status, Status::unknown);
}

TEST_F(LostAnswer, IsFoundAgainBySettling) {
  store.lose_next(Lost::answer);
  writer.commit(batch);
  const auto settled = writer.settle(batch);
  EXPECT_EQ(settled.status, Status::committed);
  EXPECT_TRUE(settled.groups.at(0).committed);
  EXPECT_EQ(writer.contents().at("k").second, settled.revision);
}

TEST_F(LostAnswer, TellsWhichGroupsHadFailed) {
  const Batch mixed = writer.next({Group{{{"k", 7}}, {}, {{"k", "v"}}}, group({{"l", "v"}})});
  store.lose_next(Lost::answer);
  writer.commit(mixed);
  const auto settled = writer.settle(mixed);
  EXPECT_FALSE(settled.groups.at(0).committed);
  EXPECT_TRUE(settled.groups.at(1).committed);
}

TEST_F(LostAnswer, OfARequestThatNeverArrivedIsNotApplied) {
  store.lose_next(Lost::request);
  EXPECT_EQ(writer.commit(batch).status, Status::unknown);
  EXPECT_EQ(writer.settle(batch).status, Status::not_applied);
}

TEST_F(LostAnswer, OfALateRequestIsAppliedWhenItArrivesBeforeTheFence) {
  store.lose_next(Lost::late);
  writer.commit(batch);
  store.arrive_late();
  EXPECT_EQ(writer.settle(batch).status, Status::committed);
}

TEST_F(LostAnswer, ALateRequestIsKeptOutByTheFence) {
  store.lose_next(Lost::late);
  writer.commit(batch);
  EXPECT_EQ(writer.settle(batch).status, Status::not_applied);
  store.arrive_late();
  EXPECT_TRUE(writer.contents().empty());
}

TEST_F(LostAnswer, ALostFenceIsFollowedByAnother) {
  store.lose_next(Lost::request);
  writer.commit(batch);
  store.lose_next(Lost::answer);
  EXPECT_EQ(writer.settle(batch).status, Status::unknown);
  EXPECT_EQ(writer.settle(batch).status, Status::not_applied);
  EXPECT_EQ(writer.put("k", "next").status, Status::committed);
}

TEST_F(LostAnswer, ALateFenceKeepsTheBatchOutWhenItArrives) {
  store.lose_next(Lost::request);
  writer.commit(batch);
  store.lose_next(Lost::late);
  EXPECT_EQ(writer.settle(batch).status, Status::unknown);
  store.arrive_late();
  EXPECT_EQ(writer.commit(batch).status, Status::not_applied);
}

TEST(MemoryStore, ThatDoesNotSyncIsFoundOut) {
  const RigMaker careless{"careless", [] { return make_memory_rig(false); }};
  EXPECT_EQ(crash_at_every_step(careless, Tail::dropped).verdict, Verdict::lost);
}

TEST(MemoryStore, ForgetsAClaimThatWasNotSynced) {
  const auto rig = make_memory_rig(false);
  const Mark lost = Writer(*rig).mark();
  rig->crash(Tail::dropped, 0);
  EXPECT_EQ(Writer(*rig).mark(), lost);
}

TEST(MemoryStore, OpenWhenThePowerFailedIsDead) {
  const auto rig = make_memory_rig();
  Writer writer(*rig);
  rig->crash(Tail::dropped, 0);
  EXPECT_EQ(writer.put("k", "v").status, Status::failed);
}

}  // namespace
}  // namespace dcount::store
