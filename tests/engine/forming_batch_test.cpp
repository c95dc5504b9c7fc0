#include "server/engine/forming_batch.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/engine/commands.h"

namespace dcount::engine {
namespace {

core::Decision touching(std::vector<std::string> keys) {
  core::Decision decision;
  for (auto& key : keys) {
    decision.reads.push_back({key, 0});
    decision.writes.push_back({key, "v"});
  }
  return decision;
}

TEST(FormingBatch, CommandsThatShareAKeyShareAGroup) {
  core::State state;
  FormingBatch forming(state, Grouping::by_shared_keys);
  forming.add(touching({"a", "b"}));
  forming.add(touching({"c"}));
  forming.add(touching({"b", "d"}));
  const auto formed = forming.take();
  ASSERT_EQ(formed.groups.size(), 2u);
  EXPECT_EQ(formed.commands[0], (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(formed.commands[1], (std::vector<std::size_t>{1}));
  EXPECT_EQ(formed.groups[0].guards.size(), 3u);
}

TEST(FormingBatch, ALaterCommandCanJoinGroupsOfEarlierOnes) {
  core::State state;
  FormingBatch forming(state, Grouping::by_shared_keys);
  forming.add(touching({"a"}));
  forming.add(touching({"b"}));
  forming.add(touching({"a", "b"}));
  const auto formed = forming.take();
  ASSERT_EQ(formed.groups.size(), 1u);
  EXPECT_EQ(formed.commands[0].size(), 3u);
}

TEST(FormingBatch, ManyCommandsOnOneKeyAreOneWrite) {
  core::State state;
  state.apply({"counter/c/hot", "1 n=10 v=3", 7});
  FormingBatch forming(state, Grouping::by_shared_keys);
  for (int i = 1; i <= 100; ++i) {
    core::Decision decision = core::decide(forming, add("hot"), {1});
    EXPECT_EQ(counter_of(decision.outcome).n, 10 + i) << "each sees those before it";
    forming.add(std::move(decision));
  }
  const auto formed = forming.take();
  ASSERT_EQ(formed.groups.size(), 1u);
  EXPECT_EQ(formed.groups[0].guards, (std::vector<Read>{{"counter/c/hot", 7}}));
  EXPECT_EQ(formed.groups[0].writes, (std::vector<Write>{{"counter/c/hot", "1 n=110 v=103"}}));
}

TEST(FormingBatch, ForAStoreWhoseGroupsCannotFailAllIsOneGroupWithoutGuards) {
  core::State state;
  FormingBatch forming(state, Grouping::one);
  forming.add(touching({"a"}));
  forming.add(touching({"b"}));
  forming.add(touching({"a"}));
  const auto formed = forming.take();
  ASSERT_EQ(formed.groups.size(), 1u);
  EXPECT_EQ(formed.groups[0].writes, (std::vector<Write>{{"a", "v"}, {"b", "v"}}));
  EXPECT_TRUE(formed.groups[0].guards.empty());
  EXPECT_EQ(formed.commands[0], (std::vector<std::size_t>{0, 1, 2}));
}

TEST(FormingBatch, AnItemThatIsNotCommittedYetIsKnownToThoseAfterIt) {
  core::State state;
  FormingBatch forming(state, Grouping::one);
  const auto added = [&](std::vector<std::string> ids) {
    core::AddItems body;
    body.tenants.push_back({"t", std::move(ids)});
    core::Decision decision = core::decide(forming, {body, {}}, {1});
    const auto count = std::get<core::ItemsOutcome>(decision.outcome.value).added;
    if (!decision.reads.empty()) forming.add(std::move(decision));
    return count;
  };
  EXPECT_EQ(added({"a", "b"}), 2);
  EXPECT_EQ(added({"b", "c"}), 1);
  EXPECT_EQ(added({"a", "c", "d"}), 1);
  const auto formed = forming.take();
  ASSERT_EQ(formed.groups[0].writes.size(), 2u) << "one chunk and one head for all three";
  EXPECT_EQ(formed.groups[0].writes[1].value, "1 a b c d");
}

TEST(FormingBatch, TheLowestFreeNumberIsOfWhatIsCommittedAndWhatIsNot) {
  core::State state;
  for (const char* key : {"free/g/1/3", "free/g/1/5"}) state.apply(key, "1 n=0", 1);
  FormingBatch forming(state, Grouping::one);
  const auto lowest = [&] { return forming.first_free("free/g/1/", "free/g/10"); };
  EXPECT_EQ(lowest(), "free/g/1/3");
  core::Decision decision;
  decision.reads = {{"free/g/1/3", 1}};
  decision.writes = {{"free/g/1/3", std::nullopt}};
  forming.add(std::move(decision));
  EXPECT_EQ(lowest(), "free/g/1/5");
  forming.add(touching({"free/g/1/4"}));
  EXPECT_EQ(lowest(), "free/g/1/4");
  forming.take();
  EXPECT_EQ(lowest(), "free/g/1/3") << "nothing of the last batch is left";
}

RC_GTEST_PROP(FormingBatch, TheLowestFreeNumberIsTheSameAsByLookingAtAll, ()) {
  core::State state;
  const auto key = [](int place) { return "free/g/1/" + std::to_string(100 + place); };
  for (int place = 0; place < 20; ++place) {
    if (*rc::gen::arbitrary<bool>()) state.apply(key(place), "1 n=0", 1);
  }
  std::set<std::string> present;
  for (int place = 0; place < 20; ++place) {
    if (state.get(key(place)).value) present.insert(key(place));
  }
  FormingBatch forming(state, Grouping::one);
  for (int step = *rc::gen::inRange(0, 60); step > 0; --step) {
    const std::string changed = key(*rc::gen::inRange(0, 20));
    core::Decision decision;
    decision.reads = {{changed, 0}};
    const bool taken = present.erase(changed) > 0;
    if (!taken) present.insert(changed);
    decision.writes = {{changed, taken ? std::nullopt : std::optional<std::string>("1 n=0")}};
    forming.add(std::move(decision));
    const std::string begin = key(*rc::gen::inRange(0, 20));
    const auto expected = present.lower_bound(begin);
    const auto found = forming.first_free(begin, "free/g/10");
    RC_ASSERT(found.has_value() == (expected != present.end()));
    if (found) RC_ASSERT(*found == *expected);
  }
}

RC_GTEST_PROP(FormingBatch, GroupsAreDisjointAndHoldEveryCommandOnce, ()) {
  core::State state;
  FormingBatch forming(state, Grouping::by_shared_keys);
  const auto keys_of = *rc::gen::container<std::vector<std::set<int>>>(
      rc::gen::map(rc::gen::container<std::vector<int>>(3, rc::gen::inRange(0, 15)),
                   [](const std::vector<int>& numbers) {
                     return std::set<int>(numbers.begin(), numbers.end());
                   }));
  for (const auto& numbers : keys_of) {
    std::vector<std::string> keys;
    for (const int number : numbers) keys.push_back("k" + std::to_string(number));
    forming.add(touching(keys));
  }
  const auto formed = forming.take();
  std::set<std::string> seen;
  std::set<std::size_t> commands;
  for (std::size_t group = 0; group < formed.groups.size(); ++group) {
    std::set<std::string> own;
    for (const Read& guard : formed.groups[group].guards) {
      RC_ASSERT(seen.insert(guard.key).second);
      own.insert(guard.key);
    }
    for (const std::size_t i : formed.commands[group]) {
      RC_ASSERT(commands.insert(i).second);
      for (const int number : keys_of[i]) RC_ASSERT(own.contains("k" + std::to_string(number)));
    }
  }
  RC_ASSERT(commands.size() == keys_of.size());
}

}  // namespace
}  // namespace dcount::engine
