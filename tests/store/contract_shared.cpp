// Facts about stores with several writers: guards, conflicts, and what one hears of the other.
#include <rapidcheck.h>

#include <thread>

#include "tests/store/contract.h"

namespace dcount::store {
namespace {

using Status = CommitResult::Status;

Group guarded(std::vector<Read> guards, std::vector<Write> writes) {
  return {std::move(guards), {}, std::move(writes)};
}
Group range_guarded(RangeRead range, std::vector<Write> writes) {
  return {{}, {std::move(range)}, std::move(writes)};
}

TEST_P(SharedStoreContract, AGroupAppliesWhenWhatItReadIsStillSo) {
  Writer writer(*rig);
  const Revision seen = writer.put("k", "1").revision;
  const auto result = writer.commit({guarded({{"k", seen}, {"absent", 0}}, {{"k", "2"}})});
  EXPECT_TRUE(result.groups.at(0).committed);
  EXPECT_EQ(writer.contents(), (Contents{{"k", {"2", result.revision}}}));
}

TEST_P(SharedStoreContract, AGroupWhoseKeyHasChangedFailsAndLearnsTheNewEntry) {
  Writer writer(*rig);
  const Revision seen = writer.put("k", "1").revision;
  const Revision now = writer.put("k", "2").revision;
  const auto result = writer.commit({guarded({{"k", seen}}, {{"k", "3"}, {"l", "3"}})});
  ASSERT_EQ(result.status, Status::committed);
  EXPECT_FALSE(result.groups.at(0).committed);
  EXPECT_EQ(result.groups.at(0).current, (std::vector<Entry>{{"k", "2", now}}));
  EXPECT_EQ(writer.contents(), (Contents{{"k", {"2", now}}}));
}

TEST_P(SharedStoreContract, AGroupThatSawNothingFailsWhenThereIsSomething) {
  Writer writer(*rig);
  const Revision now = writer.put("k", "1").revision;
  const auto result = writer.commit({guarded({{"k", 0}}, {{"k", "2"}})});
  EXPECT_FALSE(result.groups.at(0).committed);
  EXPECT_EQ(result.groups.at(0).current, (std::vector<Entry>{{"k", "1", now}}));
}

TEST_P(SharedStoreContract, AGroupWhoseKeyWasErasedLearnsThatItIsAbsent) {
  Writer writer(*rig);
  const Revision seen = writer.put("k", "1").revision;
  writer.erase("k");
  const auto result = writer.commit({guarded({{"k", seen}}, {{"k", "2"}})});
  EXPECT_FALSE(result.groups.at(0).committed);
  EXPECT_EQ(result.groups.at(0).current, (std::vector<Entry>{{"k", std::nullopt, 0}}));
}

TEST_P(SharedStoreContract, OnlyWhatIsNotAsSeenIsReported) {
  Writer writer(*rig);
  const Revision same = writer.put("same", "1").revision;
  const Revision old = writer.put("changed", "1").revision;
  const Revision now = writer.put("changed", "2").revision;
  const auto result = writer.commit({guarded({{"same", same}, {"changed", old}}, {})});
  EXPECT_EQ(result.groups.at(0).current, (std::vector<Entry>{{"changed", "2", now}}));
}

TEST_P(SharedStoreContract, GroupsSucceedOrFailOneByOne) {
  Writer writer(*rig);
  const auto result =
      writer.commit({guarded({{"a", 7}}, {{"a", "x"}}), guarded({{"b", 0}}, {{"b", "y"}}),
                     guarded({{"c", 7}}, {{"c", "z"}})});
  ASSERT_EQ(result.groups.size(), 3u);
  EXPECT_FALSE(result.groups[0].committed);
  EXPECT_TRUE(result.groups[1].committed);
  EXPECT_FALSE(result.groups[2].committed);
  EXPECT_EQ(writer.contents(), (Contents{{"b", {"y", result.revision}}}));
}

TEST_P(SharedStoreContract, ABatchOfFailedGroupsStillTakesAMarkAndARevision) {
  Writer writer(*rig);
  const Revision before = writer.put("k", "1").revision;
  const Batch batch = writer.next({guarded({{"k", 0}}, {{"k", "2"}})});
  const auto result = writer.commit(batch);
  EXPECT_EQ(result.status, Status::committed);
  EXPECT_EQ(result.mark, batch.next);
  EXPECT_GT(result.revision, before);
}

TEST_P(SharedStoreContract, AReadCommitsWhileWhatItReadIsStillSo) {
  Writer writer(*rig);
  const Revision seen = writer.put("k", "1").revision;
  EXPECT_TRUE(writer.commit({guarded({{"k", seen}}, {})}).groups.at(0).committed);
}

TEST_P(SharedStoreContract, ARangeGuardHoldsWhenNothingInItIsNewer) {
  Writer writer(*rig);
  writer.put("l/a", "1");
  const Revision now = writer.put("l/b", "1").revision;
  const auto result = writer.commit({range_guarded({"l/", "l0", now}, {{"k", "1"}})});
  EXPECT_TRUE(result.groups.at(0).committed);
}

TEST_P(SharedStoreContract, ARangeGuardFailsWithAllThatIsNewer) {
  Writer writer(*rig);
  writer.put("l/a", "1");
  const Revision seen = writer.put("l/b", "1").revision;
  const Revision changed = writer.put("l/b", "2").revision;
  const Revision made = writer.put("l/c", "1").revision;
  const auto result = writer.commit({range_guarded({"l/", "l0", seen}, {{"k", "1"}})});
  EXPECT_FALSE(result.groups.at(0).committed);
  EXPECT_EQ(result.groups.at(0).current,
            (std::vector<Entry>{{"l/b", "2", changed}, {"l/c", "1", made}}));
}

TEST_P(SharedStoreContract, ARangeGuardEndsBeforeItsEnd) {
  Writer writer(*rig);
  writer.put("l0", "1");
  EXPECT_TRUE(writer.commit({range_guarded({"l/", "l0", 0}, {})}).groups.at(0).committed);
}

TEST_P(SharedStoreContract, GuardsAreJudgedByTheStateBeforeTheBatch) {
  Writer writer(*rig);
  const auto result = writer.commit({group({{"l/a", "1"}}), range_guarded({"l/", "l0", 0}, {})});
  EXPECT_TRUE(result.groups.at(1).committed);
}

TEST_P(SharedStoreContract, WritersHaveMarksOfTheirOwn) {
  Writer a(*rig, "a");
  Writer b(*rig, "b");
  const Mark before = a.mark();
  b.put("k", "b");
  EXPECT_EQ(a.mark(), before);
  EXPECT_EQ(a.put("k", "a").status, Status::committed);
}

TEST_P(SharedStoreContract, ASecondProcessOfOneNameFencesTheFirst) {
  Writer first(*rig, "a");
  Writer second(*rig, "a");
  EXPECT_EQ(first.put("k", "1").status, Status::fenced);
  EXPECT_EQ(second.put("k", "2").status, Status::committed);
}

TEST_P(SharedStoreContract, OfTwoWritersWhoSawTheSameOneFails) {
  Writer a(*rig, "a");
  Writer b(*rig, "b");
  const Revision seen = a.put("k", "0").revision;
  const auto first = a.commit({guarded({{"k", seen}}, {{"k", "a"}})});
  const auto second = b.commit({guarded({{"k", seen}}, {{"k", "b"}})});
  EXPECT_TRUE(first.groups.at(0).committed);
  EXPECT_FALSE(second.groups.at(0).committed);
  EXPECT_EQ(second.groups.at(0).current, (std::vector<Entry>{{"k", "a", first.revision}}));
}

TEST_P(SharedStoreContract, WatchBeginsWhereLoadEnded) {
  Writer a(*rig, "a");
  Writer b(*rig, "b");
  a.put("k", "loaded");
  Revision loaded = 0;
  b.contents(&loaded);
  const Revision between = a.put("k", "between").revision;
  Log log;
  b.store().watch(loaded, &log);
  const Revision later = a.put("k", "later").revision;
  EXPECT_TRUE(log.wait_for(later));
  b.store().watch(0, nullptr);
  EXPECT_EQ(log.entries(), (std::vector<Entry>{{"k", "between", between}, {"k", "later", later}}));
}

TEST_P(SharedStoreContract, EveryWatchHearsTheSameInTheSameOrder) {
  Writer a(*rig, "a");
  Writer b(*rig, "b");
  Revision now = 0;
  a.contents(&now);
  Log heard_by_a, heard_by_b;
  a.store().watch(now, &heard_by_a);
  b.store().watch(now, &heard_by_b);
  a.put("k", "1");
  b.commit({guarded({{"k", 0}}, {{"k", "refused"}})});
  const Revision last = b.put("l", "1").revision;
  EXPECT_TRUE(heard_by_a.wait_for(last) && heard_by_b.wait_for(last));
  a.store().watch(0, nullptr);
  b.store().watch(0, nullptr);
  EXPECT_EQ(heard_by_a.revisions(), heard_by_b.revisions());
  EXPECT_EQ(heard_by_a.entries(), heard_by_b.entries());
  EXPECT_EQ(heard_by_a.entries().size(), 2u);
}

/// Adds 1 to "sum" so many times, seeing conflicts and trying again.
void add_by_compare_and_swap(Rig& rig, const std::string& node, int times) {
  Writer writer(rig, node);
  Entry seen{"sum", std::nullopt, 0};
  for (int done = 0; done < times;) {
    const int next = std::stoi(seen.value.value_or("0")) + 1;
    const auto result =
        writer.commit({guarded({{"sum", seen.revision}}, {{"sum", std::to_string(next)}})});
    if (result.groups.at(0).committed) {
      seen = {"sum", std::to_string(next), result.revision};
      ++done;
    } else {
      seen = result.groups[0].current.at(0);
    }
  }
}

TEST_P(SharedStoreContract, RacingWritersLoseNoUpdate) {
  constexpr int times = 500;
  std::thread a([&] { add_by_compare_and_swap(*rig, "a", times); });
  std::thread b([&] { add_by_compare_and_swap(*rig, "b", times); });
  a.join();
  b.join();
  EXPECT_EQ(Writer(*rig).contents().at("sum").first, std::to_string(2 * times));
}

/// A group of one key with one guard, of another key: what it claims to have seen there.
struct GuardedWrite {
  int key = 0;
  int guard = 0;
  Revision back = 0;  ///< how much older than the present
  bool erase = false;
};
std::ostream& operator<<(std::ostream& out, const GuardedWrite& write) {
  return out << write.key << (write.erase ? " erased" : " put") << " if " << write.guard << " is -"
             << write.back;
}

TEST_P(SharedStoreContract, AGroupAppliesExactlyWhenItsGuardIsThePresent) {
  EXPECT_TRUE(rc::check([this] {
    const auto small = rc::gen::inRange(0, 4);
    const auto writes =
        *rc::gen::container<std::vector<GuardedWrite>>(rc::gen::construct<GuardedWrite>(
            small, small, rc::gen::inRange<Revision>(0, 2), rc::gen::arbitrary<bool>()));
    const auto own_rig = GetParam().make();
    Writer writer(*own_rig);
    Contents model;
    for (const GuardedWrite& write : writes) {
      const std::string guard = std::to_string(write.guard);
      const Revision present = model.contains(guard) ? model[guard].second : 0;
      const Revision claimed = std::max<Revision>(0, present - write.back);
      const Write change{std::to_string(write.key),
                         write.erase ? std::nullopt : std::optional<std::string>("v")};
      const auto result = writer.commit({guarded({{guard, claimed}}, {change})});
      RC_ASSERT(result.status == Status::committed);
      RC_ASSERT(result.groups.at(0).committed == (claimed == present));
      if (claimed != present) continue;
      if (write.erase) {
        model.erase(change.key);
      } else {
        model[change.key] = {"v", result.revision};
      }
    }
    RC_ASSERT(writer.contents() == model);
  }));
}

}  // namespace
}  // namespace dcount::store
