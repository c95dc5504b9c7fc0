// What a dump may hold: every record by itself, and all of them together.
#include "server/core/records.h"

#include <gtest/gtest.h>

#include <map>

#include "server/core/consistency.h"
#include "tests/core/sequence_bench.h"

namespace dcount::core {
namespace {

struct KeyAndValue {
  const char* key;
  const char* value;
};

TEST(Records, ThoseOfEveryKindAreReadable) {
  constexpr KeyAndValue rows[] = {
      {"counter/views/home", "1 n=8 v=9"},
      {"sequence/s", "1 next=5 v=5 d=4 mode=strict born=1"},
      {"sequence/s", "1 next=9 end v=5 d=9 max=9 mode=strict born=1"},
      {"sequence/forward", "1 next=5 v=5 d=4 cycle mode=strict"},
      {"sequence/c", "1 next=11 v=2 d=10 mode=cached cache=10 born=1"},
      {"sequence/g", "1 next=4 v=9 d=3 mode=gapless open=1 free=1 low=1 born=7"},
      {"sequence/s", "1 del v=8 at=5"},
      {"reservation/g/t0k-en", "1 n=2 k=1 born=7 e=99"},
      {"reservation/g/t0k-en", "1 n=2 k=1 born=7 e=99 confirmed=50"},
      {"free/g/7/00000000000000000001", "1 n=2"},
      {"purge/g/7", "1"},
      {"items/a%2Fb", "1 n=2 v=1 c=1"},
      {"item/a%2Fb/0000000001", "1 alice bo%20b"},
  };
  for (const auto& [key, value] : rows) EXPECT_TRUE(is_readable(key, value)) << key << ' ' << value;
}

TEST(Records, WhatTheRulesWouldStumbleOverIsNotReadable) {
  constexpr KeyAndValue rows[] = {
      {"unknown/x", "1"},
      {"sequence/", "1 next=1 v=1 d=0 mode=strict born=1"},
      {"sequence/s", "1 next=5 v=5 d=3 mode=strict born=1"},   // 3 given away: 4 is next
      {"sequence/s", "1 next=5 v=5 d=-1 mode=strict born=1"},  // wraps around
      {"sequence/s", "1 v=5 next=5 d=4 mode=strict born=1"},   // not in our order
      {"sequence/s", "1 v=8 del at=5"},
      {"sequence/s", "1 next=4 v=9 d=3 mode=strict open=1 born=7"},
      {"sequence/g", "1 next=4 v=9 d=3 mode=gapless open=2 free=2 low=0 born=7"},
      {"sequence/g", "1 next=4 v=9 d=3 mode=gapless free=1 low=3 born=7"},
      {"sequence/forward", "1 next=5 v=5 d=4 mode=strict"},  // does not cycle
      {"reservation/g/t", "1 n=2 k=-1 born=7 e=99"},
      {"reservation/g/t/u", "1 n=2 k=1 born=7 e=99"},
      {"free/g/7/1", "1 n=2"},
      {"free/g/0/00000000000000000001", "1 n=2"},
      {"free/g/7/99999999999999999999", "1 n=2"},
      {"purge/g/x", "1"},
      {"items/t", "1 n=2 v=1 c=9999999999"},  // no chunk could follow
      {"items/a/b", "1 n=2 v=1 c=1"},
      {"item/t/0000000000", "1 a"},
      {"item/t/99999999999", "1 a"},
      {"item/t/1", "1 a"},
      {"item/t/0000000001", "1 a%2"},
      {"item/t/0000000001", "1 \xFF"},
  };
  for (const auto& [key, value] : rows) {
    EXPECT_FALSE(is_readable(key, value)) << key << ' ' << value;
  }
}

std::string fault_of(const std::map<std::string, std::string>& records) {
  Consistency consistency;
  for (const auto& [key, value] : records) {
    EXPECT_TRUE(is_readable(key, value)) << key << ' ' << value;
    consistency.add(key, value);
  }
  return consistency.fault();
}

const std::map<std::string, std::string> consistent{
    {"sequence/g", "1 next=4 v=9 d=3 mode=gapless open=1 free=1 low=2 born=7"},
    {"reservation/g/a", "1 n=2 k=1 born=7 e=99"},
    {"reservation/g/b", "1 n=1 k=0 born=7 e=99 confirmed=50"},
    {"reservation/g/old", "1 n=1 k=0 born=3 e=99"},
    {"free/g/7/00000000000000000002", "1 n=3"},
    {"items/t", "1 n=3 v=2 c=2"},
    {"item/t/0000000001", "1 a b"},
    {"item/t/0000000002", "1 c"},
};

TEST(Consistency, WhatHeadsCountIsThere) { EXPECT_EQ(fault_of(consistent), ""); }

TEST(Consistency, AMissingOrSuperfluousRecordIsTold) {
  for (const char* missing : {"reservation/g/a", "free/g/7/00000000000000000002"}) {
    auto records = consistent;
    records.erase(missing);
    EXPECT_EQ(fault_of(records), "sequence/g") << missing;
  }
  auto more = consistent;
  more["reservation/g/c"] = "1 n=3 k=2 born=7 e=99";
  EXPECT_EQ(fault_of(more), "sequence/g");
  auto low = consistent;
  low.erase("free/g/7/00000000000000000002");
  low["free/g/7/00000000000000000001"] = "1 n=2";
  EXPECT_EQ(fault_of(low), "sequence/g") << "another one is the lowest";
  auto beyond = consistent;
  beyond["reservation/g/a"] = "1 n=9 k=8 born=7 e=99";
  EXPECT_EQ(fault_of(beyond), "sequence/g") << "never given away";
}

TEST(Consistency, ItemsAndTheirHeadsBelongTogether) {
  for (const char* missing : {"item/t/0000000001", "item/t/0000000002"}) {
    auto records = consistent;
    records.erase(missing);
    EXPECT_EQ(fault_of(records), "items/t") << missing;
  }
  auto headless = consistent;
  headless.erase("items/t");
  EXPECT_EQ(fault_of(headless), "item/t");
}

// ---- restores step by step

struct Restores : testing::Test, SequenceBench {
  void restore(Restore::Stage stage, std::vector<Write> records = {}) {
    Restore step{.stage = stage, .records = std::move(records)};
    step.force = true;
    step.records_max = 2;
    WorkOutcome work;
    do {
      work = std::get<WorkOutcome>(run({step, {}}).outcome.value);
    } while (stage == Restore::Stage::clear && work.left > 0);
  }
  std::int64_t added(std::vector<std::string> ids) {
    AddItems add{{{"t", std::move(ids)}}};
    return std::get<ItemsOutcome>(run({add, {}}).outcome.value).added;
  }
};

TEST_F(Restores, HousekeepingWaitsUntilAllOfItIsThere) {
  restore(Restore::Stage::begin);
  restore(Restore::Stage::clear);
  restore(Restore::Stage::write, {{"reservation/g/a", "1 n=1 k=0 born=7 e=99"}});
  run({Sweep{}, {}});
  restore(Restore::Stage::write, {{"sequence/g", "1 next=2 v=2 d=1 mode=gapless open=1 born=7"}});
  restore(Restore::Stage::end);
  EXPECT_EQ(draw("g"), (Numbers{1})) << "the expired one, which has not been lost";
}

TEST_F(Restores, WhatABrokenOffOneHasLeftIsCleared) {
  restore(Restore::Stage::begin);
  restore(Restore::Stage::clear);
  restore(
      Restore::Stage::write,
      {{"item/t/0000000001", "1 old1 old2"}, {"item/t/0000000002", "1 old3"}, {"purge/g/7", "1"}});
  EXPECT_FALSE(state.empty());
  restore(Restore::Stage::begin);
  restore(Restore::Stage::clear);
  EXPECT_TRUE(state.empty());
  EXPECT_EQ(state.item_count(), 0u);
  EXPECT_FALSE(state.get("purge/g/7").value);
  restore(Restore::Stage::write, {{"item/t/0000000001", "1 x y"}, {"items/t", "1 n=2 v=1 c=1"}});
  restore(Restore::Stage::end);
  EXPECT_EQ(added({"x", "y", "old1"}), 1);
}

TEST_F(Restores, ClearEveryKindOfRecordAndItsCount) {
  Definition gapless = ascending(1, 1000);
  gapless.mode = SequenceMode::gapless;
  define("g", gapless);
  for (const char* token : {"a", "b", "c"}) run({Reserve{"g", token, 60'000}, {}});
  run({Release{"g", "a"}, {}});
  for (int i = 0; i < 5; ++i) added({std::string(600, static_cast<char>('a' + i)).substr(0, 250)});
  restore(Restore::Stage::begin);
  restore(Restore::Stage::clear);
  EXPECT_TRUE(state.empty());
  EXPECT_EQ(state.item_count(), 0u);
  EXPECT_EQ(state.open_reservations(), 0u);
  EXPECT_EQ(state.closed_reservations().size(), 0u);
}

}  // namespace
}  // namespace dcount::core
