// Facts about any store, as one process at a time sees it.
#include <atomic>
#include <thread>

#include "tests/store/contract.h"

namespace dcount::store {
namespace {

using Status = CommitResult::Status;

TEST_P(StoreContract, ANewStoreIsEmpty) { EXPECT_TRUE(Writer(*rig).contents().empty()); }

TEST_P(StoreContract, ACommittedBatchIsThereAfterReopening) {
  CommitResult result;
  result = Writer(*rig).put("k", "v");
  EXPECT_EQ(Writer(*rig).contents(), (Contents{{"k", {"v", result.revision}}}));
}

TEST_P(StoreContract, AllGroupsOfABatchShareItsRevision) {
  Writer writer(*rig);
  const auto result = writer.commit({group({{"a", "1"}, {"b", "2"}}), group({{"c", "3"}})});
  ASSERT_EQ(result.status, Status::committed);
  EXPECT_EQ(writer.contents(), (Contents{{"a", {"1", result.revision}},
                                         {"b", {"2", result.revision}},
                                         {"c", {"3", result.revision}}}));
}

TEST_P(StoreContract, EveryGroupOfABatchHasAResult) {
  Writer writer(*rig);
  const auto result = writer.commit({group({{"a", "1"}}), group({}), group({{"b", "1"}})});
  ASSERT_EQ(result.groups.size(), 3u);
  for (const GroupResult& one : result.groups) {
    EXPECT_TRUE(one.committed);
    EXPECT_TRUE(one.current.empty());
  }
}

TEST_P(StoreContract, RevisionsIncreaseWithEveryBatchEvenAnEmptyOne) {
  Writer writer(*rig);
  const auto first = writer.put("k", "1");
  const auto empty = writer.commit(std::vector<Group>{});
  const auto last = writer.put("k", "2");
  EXPECT_GT(first.revision, 0);
  EXPECT_GT(empty.revision, first.revision);
  EXPECT_GT(last.revision, empty.revision);
}

TEST_P(StoreContract, RevisionsIncreaseAcrossReopening) {
  const auto before = Writer(*rig).commit(std::vector<Group>{});
  const auto after = Writer(*rig).commit(std::vector<Group>{});
  EXPECT_GT(after.revision, before.revision);
}

TEST_P(StoreContract, AnotherWritersNameGoesOnInTheSameRevisions) {
  const auto before = Writer(*rig, "a").put("k", "1");
  Writer other(*rig, "b");
  EXPECT_GT(other.put("k", "2").revision, before.revision);
}

TEST_P(StoreContract, LoadReturnsTheRevisionOfTheLastBatch) {
  Writer writer(*rig);
  writer.put("k", "1");
  const auto last = writer.commit(std::vector<Group>{});
  Revision loaded = 0;
  writer.contents(&loaded);
  EXPECT_EQ(loaded, last.revision);
}

TEST_P(StoreContract, AnOverwrittenKeyHasTheNewValueAndRevision) {
  Writer writer(*rig);
  writer.put("k", "1");
  const auto last = writer.put("k", "2");
  EXPECT_EQ(writer.contents(), (Contents{{"k", {"2", last.revision}}}));
}

TEST_P(StoreContract, AnErasedKeyIsGone) {
  Writer writer(*rig);
  writer.put("k", "1");
  writer.erase("k");
  EXPECT_TRUE(writer.contents().empty());
}

TEST_P(StoreContract, AnErasedKeyIsGoneAfterReopening) {
  {
    Writer writer(*rig);
    writer.put("k", "1");
    writer.erase("k");
  }
  EXPECT_TRUE(Writer(*rig).contents().empty());
}

TEST_P(StoreContract, ErasingAnAbsentKeyIsFine) {
  EXPECT_EQ(Writer(*rig).erase("k").status, Status::committed);
}

TEST_P(StoreContract, LoadShowsKeysInOrder) {
  Writer writer(*rig);
  writer.commit({group({{"b", "1"}, {"a/2", "1"}, {"z", "1"}, {"a", "1"}, {"\xff", "1"}})});
  std::vector<std::string> keys;
  ASSERT_TRUE(writer.store().load([&](const Entry& entry) { keys.push_back(entry.key); }));
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "a/2", "b", "z", "\xff"}));
}

TEST_P(StoreContract, KeysAndValuesMayHoldAnyBytes) {
  Writer writer(*rig);
  const std::string bytes("\0\xff\n 7\x80\0", 7);
  const auto result = writer.commit({group({{bytes, bytes}, {"empty", ""}, {"like", "12 34"}})});
  EXPECT_EQ(writer.contents(), (Contents{{bytes, {bytes, result.revision}},
                                         {"empty", {"", result.revision}},
                                         {"like", {"12 34", result.revision}}}));
}

TEST_P(StoreContract, ValuesMayBeBig) {
  const std::string big(std::size_t{1} << 20, 'x');
  const auto result = Writer(*rig).put("k", big);
  EXPECT_EQ(Writer(*rig).contents(), (Contents{{"k", {big, result.revision}}}));
}

TEST_P(StoreContract, EveryProcessHasAGreaterIncarnation) {
  const Mark first = Writer(*rig).mark();
  const Mark second = Writer(*rig).mark();
  EXPECT_GT(first.incarnation, 0);
  EXPECT_GT(second.incarnation, first.incarnation);
}

TEST_P(StoreContract, CommitReturnsTheMarkItWrote) {
  Writer writer(*rig);
  const Batch batch = writer.next({});
  EXPECT_EQ(writer.commit(batch).mark, batch.next);
}

TEST_P(StoreContract, ABatchOfAnEarlierIncarnationIsFenced) {
  Writer writer(*rig);
  const Batch old = writer.next({group({{"k", "old"}})});
  const auto newer = writer.store().claim();
  ASSERT_TRUE(newer);
  const auto result = writer.commit(old);
  EXPECT_EQ(result.status, Status::fenced);
  EXPECT_EQ(result.mark, *newer);
  EXPECT_TRUE(writer.contents().empty());
}

TEST_P(StoreContract, ABatchThatDoesNotFollowTheMarkIsNotApplied) {
  Writer writer(*rig);
  Batch late = writer.next({group({{"k", "late"}})});
  late.next.batch += 10;
  const auto last = writer.put("k", "1");
  const auto result = writer.commit(late);
  EXPECT_EQ(result.status, Status::not_applied);
  EXPECT_EQ(result.mark, last.mark);
  EXPECT_EQ(writer.contents(), (Contents{{"k", {"1", last.revision}}}));
}

TEST_P(StoreContract, SettleFindsABatchThatHadApplied) {
  Writer writer(*rig);
  const Batch batch = writer.next({group({{"a", "1"}}), group({{"b", "1"}})});
  const auto committed = writer.commit(batch);
  const auto settled = writer.settle(batch);
  EXPECT_EQ(settled.status, Status::committed);
  EXPECT_EQ(settled.revision, committed.revision);
  EXPECT_EQ(settled.mark, batch.next);
  ASSERT_EQ(settled.groups.size(), 2u);
  EXPECT_TRUE(settled.groups[0].committed && settled.groups[1].committed);
}

TEST_P(StoreContract, ASettledBatchThatHadNotAppliedCannotAnyMore) {
  Writer writer(*rig);
  const Batch lost = writer.next({group({{"k", "lost"}})});
  const auto settled = writer.settle(lost);
  EXPECT_EQ(settled.status, Status::not_applied);
  EXPECT_EQ(writer.commit(lost).status, Status::not_applied);
  EXPECT_TRUE(writer.contents().empty());
}

TEST_P(StoreContract, AfterAFenceTheNextBatchFollowsItsMark) {
  Writer writer(*rig);
  writer.settle(writer.next({group({{"k", "lost"}})}));
  const auto result = writer.put("k", "next");
  EXPECT_EQ(result.status, Status::committed);
  EXPECT_EQ(writer.contents(), (Contents{{"k", {"next", result.revision}}}));
}

TEST_P(StoreContract, SettlingAgainGivesTheSameAnswer) {
  Writer writer(*rig);
  const Batch lost = writer.next({group({{"k", "lost"}})});
  const auto first = writer.settle(lost);
  const auto second = writer.settle(lost);
  EXPECT_EQ(second.status, Status::not_applied);
  EXPECT_EQ(second.mark, first.mark);
}

TEST_P(StoreContract, SettlingForAnEarlierIncarnationIsFenced) {
  Writer writer(*rig);
  const Batch lost = writer.next({group({{"k", "lost"}})});
  ASSERT_TRUE(writer.store().claim());
  EXPECT_EQ(writer.settle(lost).status, Status::fenced);
}

TEST_P(StoreContract, WatchTellsOfEveryBatchOnceAndInOrder) {
  Writer writer(*rig);
  Revision now = 0;
  writer.contents(&now);
  Log log;
  writer.store().watch(now, &log);
  const auto one = writer.commit({group({{"a", "1"}}), group({{"b", "1"}})});
  const auto two = writer.commit({group({{"a", "2"}, {"b", std::nullopt}})});
  EXPECT_TRUE(log.wait_for(two.revision));
  writer.store().watch(0, nullptr);
  EXPECT_EQ(log.revisions(), (std::vector<Revision>{one.revision, two.revision}));
  EXPECT_EQ(log.entries(), (std::vector<Entry>{{"a", "1", one.revision},
                                               {"b", "1", one.revision},
                                               {"a", "2", two.revision},
                                               {"b", std::nullopt, two.revision}}));
}

TEST_P(StoreContract, ABatchThatChangesNothingHasNoEntriesInAWatch) {
  Writer writer(*rig);
  Revision now = 0;
  writer.contents(&now);
  Log log;
  writer.store().watch(now, &log);
  writer.commit(std::vector<Group>{});
  const auto fence = writer.settle(writer.next({group({{"k", "lost"}})}));
  EXPECT_EQ(fence.status, Status::not_applied);
  const auto last = writer.put("k", "v");
  EXPECT_TRUE(log.wait_for(last.revision));
  writer.store().watch(0, nullptr);
  EXPECT_EQ(log.entries(), (std::vector<Entry>{{"k", "v", last.revision}}));
}

TEST_P(StoreContract, AnEndedWatchHearsNothing) {
  Writer writer(*rig);
  Revision now = 0;
  writer.contents(&now);
  Log log;
  writer.store().watch(now, &log);
  writer.store().watch(0, nullptr);
  writer.put("k", "v");
  EXPECT_TRUE(log.revisions().empty());
}

TEST_P(StoreContract, ALoadBesideCommitsSeesWholeBatchesOfOneRevision) {
  Writer writer(*rig);
  writer.commit({group({{"a", "0"}, {"b", "0"}})});
  std::atomic<bool> stop = false;
  std::atomic<int> loads = 0;
  std::string wrong;
  std::thread loader([&] {
    while (!stop) {
      std::vector<Entry> seen;
      const auto at = writer.store().load([&](const Entry& entry) { seen.push_back(entry); });
      if (!at || seen.size() != 2 || seen[0].value != seen[1].value || seen[0].revision != *at ||
          seen[1].revision != *at) {
        wrong = "a load saw half a batch";
      }
      ++loads;
    }
  });
  for (int i = 1; i <= 200 || (loads < 3 && i < 1'000'000); ++i) {
    const std::string value = std::to_string(i);
    writer.commit({group({{"a", value}}), group({{"b", value}})});
  }
  stop = true;
  loader.join();
  EXPECT_EQ(wrong, "");
}

}  // namespace
}  // namespace dcount::store
