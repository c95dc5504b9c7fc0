// Each rule of membership, at its border.
#include "server/nodes/membership.h"

#include <gtest/gtest.h>

#include <map>

namespace dcount::nodes {
namespace {

/// A cluster's store as this server, "self", sees it, and a clock.
struct MembershipTest : testing::Test {
  std::map<std::string, core::ListedNode> store;
  std::int64_t now_ms = 1'000'000;
  Membership membership{"self", /*leases=*/true, now_ms};

  /// Registered, with its lease, reaching those.
  void add(const std::string& name, std::vector<std::string> reaches = {}) {
    core::ListedNode& node = store[name];
    node.name = name;
    node.node = core::Node{.addresses = {name + ":1", name + ":2"}, .program = "1", .version = 1};
    node.presence = core::Presence{std::move(reaches)};
  }
  void lose_lease(const std::string& name) { store[name].presence.reset(); }
  void list() {
    std::vector<core::ListedNode> nodes;
    for (const auto& [name, node] : store) nodes.push_back(node);
    membership.on_list(nodes, now_ms);
  }
  /// Lists on the way, as the service does.
  void pass(std::int64_t ms) {
    for (const std::int64_t end = now_ms + ms; now_ms < end;) {
      now_ms += std::min<std::int64_t>(end - now_ms, 250);
      list();
    }
  }
  /// All of `names` reach each other.
  void settle(const std::vector<std::string>& names) {
    for (const std::string& name : names) add(name, names);
    list();
    pass(fresh_ms);
  }
  void cut(const std::string& from, const std::string& to) {
    std::erase(store[from].presence->reaches, to);
  }

  NodeStatus node(const std::string& name) const {
    for (const NodeStatus& one : membership.nodes()) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no " << name;
    return {};
  }
  NodeState state(const std::string& name) const { return node(name).state; }

  Probe probe(const std::string& name, bool answered = true, ClockOffset clock = {}) {
    return {{name, name + ":2"}, answered, clock};
  }
  void on_probe(const Probe& probe) { membership.on_probe(probe); }
};

TEST_F(MembershipTest, ThisServerIsThereBeforeAnythingIsKnown) {
  ASSERT_EQ(membership.nodes().size(), 1u);
  EXPECT_TRUE(node("self").self);
  EXPECT_EQ(state("self"), NodeState::alive);
  EXPECT_EQ(membership.live(), 1u);
}

TEST_F(MembershipTest, WhoHasItsLeaseAndIsReachedIsAlive) {
  settle({"a", "b", "self"});
  for (const auto& one : membership.nodes()) EXPECT_EQ(one.state, NodeState::alive) << one.name;
  EXPECT_EQ(node("a").addresses.external, "a:1");
  EXPECT_EQ(node("a").last_seen_ms, now_ms);
}

TEST_F(MembershipTest, ALeaseGoneForThreeSecondsIsDeathAndNotBefore) {
  settle({"a", "self"});
  lose_lease("a");
  list();
  EXPECT_EQ(state("a"), NodeState::suspected);
  pass(lease_gone_max_ms - 1);
  EXPECT_EQ(state("a"), NodeState::suspected);
  EXPECT_EQ(membership.live(), 2u);
  EXPECT_TRUE(membership.marks().empty());
  pass(1);
  EXPECT_EQ(state("a"), NodeState::dead);
  EXPECT_EQ(node("a").since_ms, now_ms);
  EXPECT_EQ(node("a").last_seen_ms, now_ms - lease_gone_max_ms);
  EXPECT_EQ(membership.live(), 1u);
  EXPECT_EQ(membership.known(), 2u);
}

TEST_F(MembershipTest, ALeaseThatComesBackInTimeBeginsAnew) {
  settle({"a", "self"});
  for (int i = 0; i < 5; ++i) {
    lose_lease("a");
    pass(lease_gone_max_ms - 1);
    EXPECT_EQ(state("a"), NodeState::suspected);
    add("a", {"self"});
    list();
    EXPECT_EQ(state("a"), NodeState::alive);
  }
}

TEST_F(MembershipTest, WhatThisServerFindsWithoutALeaseHasThreeSecondsFromThen) {
  add("self");
  add("a");
  lose_lease("a");
  list();
  EXPECT_EQ(state("a"), NodeState::suspected);
  pass(lease_gone_max_ms);
  EXPECT_EQ(state("a"), NodeState::dead);
}

TEST_F(MembershipTest, WhoIsMarkedDeadAndHasNoLeaseIsDeadAtOnce) {
  add("self");
  add("a");
  store["a"].node->dead = true;
  store["a"].node->at_ms = 77;
  lose_lease("a");
  list();
  EXPECT_EQ(state("a"), NodeState::dead);
  EXPECT_EQ(node("a").last_seen_ms, 77);
}

TEST_F(MembershipTest, WhoRegistersHasThreeSecondsToTakeItsLease) {
  settle({"a", "self"});
  lose_lease("a");
  pass(2 * lease_gone_max_ms);
  EXPECT_EQ(state("a"), NodeState::dead);
  store["a"].node->dead = true;
  store["a"].node->version = 2;
  list();
  EXPECT_EQ(state("a"), NodeState::dead);
  store["a"].node->dead = false;
  store["a"].node->version = 3;
  list();
  EXPECT_EQ(state("a"), NodeState::suspected);
  EXPECT_TRUE(membership.marks().empty());
  pass(lease_gone_max_ms);
  EXPECT_EQ(state("a"), NodeState::dead);
}

TEST_F(MembershipTest, HalfOfTheOthersIsNotEnoughAndOneMoreIs) {
  settle({"a", "b", "c", "d", "self"});
  cut("b", "a");
  cut("c", "a");
  list();
  EXPECT_EQ(state("a"), NodeState::suspected) << "2 of 4";
  EXPECT_TRUE(membership.marks().empty());
  cut("d", "a");
  list();
  EXPECT_EQ(state("a"), NodeState::dead) << "3 of 4";
  EXPECT_EQ(node("a").reason, "3 of 4 other nodes cannot reach it");
  ASSERT_EQ(membership.marks().size(), 1u);
  EXPECT_TRUE(membership.marks()[0].seen_leased);
}

TEST_F(MembershipTest, WhoHasNoLeaseHasNoVote) {
  settle({"a", "b", "c", "d", "self"});
  for (const char* name : {"b", "c", "d"}) cut(name, "a");
  lose_lease("b");
  list();
  EXPECT_EQ(state("a"), NodeState::dead) << "2 of 3";
  lose_lease("c");
  list();
  EXPECT_EQ(state("a"), NodeState::suspected) << "1 of 2";
}

TEST_F(MembershipTest, OfTwoEachIsTheOthersMajority) {
  settle({"a", "self"});
  cut("self", "a");
  list();
  EXPECT_EQ(state("a"), NodeState::dead);
  EXPECT_EQ(state("self"), NodeState::alive);
  cut("a", "self");
  list();
  EXPECT_EQ(state("self"), NodeState::dead) << "as the other one sees it";
  ASSERT_EQ(membership.marks().size(), 1u) << "nobody declares itself dead";
  EXPECT_EQ(membership.marks()[0].name, "a");
}

TEST_F(MembershipTest, NobodyIsJudgedWhileFresh) {
  settle({"a", "b", "self"});
  add("new");
  list();
  pass(fresh_ms - 1);
  EXPECT_EQ(state("new"), NodeState::alive);
  EXPECT_EQ(state("a"), NodeState::alive) << "nor does it accuse anybody";
  pass(1);
  EXPECT_EQ(state("new"), NodeState::dead);
  EXPECT_EQ(state("a"), NodeState::suspected) << "1 of 3";
}

TEST_F(MembershipTest, ANewAddressIsFreshAndOfAnOldOneNoProbeCounts) {
  settle({"a", "b", "self"});
  on_probe(probe("a"));
  EXPECT_EQ(membership.presence().reaches, std::vector<std::string>{"a"});
  store["a"].node->addresses.internal = "a:3";
  store["b"].presence->reaches.clear();
  store["self"].presence->reaches.clear();
  list();
  EXPECT_EQ(state("a"), NodeState::alive);
  EXPECT_TRUE(membership.presence().reaches.empty());
  on_probe(probe("a"));  // of a:2
  EXPECT_TRUE(membership.presence().reaches.empty());
  EXPECT_EQ(membership.peers()[0], (Peer{"a", "a:3"}));
  pass(fresh_ms);
  EXPECT_EQ(state("a"), NodeState::dead);
}

TEST_F(MembershipTest, ThreeProbesInARowHaveToFail) {
  settle({"a", "b", "self"});
  for (const char* name : {"a", "b"}) on_probe(probe(name));
  EXPECT_EQ(core::encode(membership.presence()), "1 reaches=a,b");
  for (int i = 0; i < 10; ++i) {  // flapping is reached
    on_probe(probe("a", false));
    on_probe(probe("a", false));
    on_probe(probe("a"));
  }
  on_probe(probe("a", false));
  on_probe(probe("a", false));
  EXPECT_EQ(membership.presence().reaches.size(), 2u);
  on_probe(probe("a", false));
  EXPECT_EQ(membership.presence().reaches, std::vector<std::string>{"b"});
  on_probe(probe("a"));
  EXPECT_EQ(membership.presence().reaches.size(), 2u);
}

TEST_F(MembershipTest, WhoIsBackIsMarkedSoOnceItHasBeenJudged) {
  settle({"a", "b", "self"});
  store["a"].node->dead = true;
  store["a"].node->version = 7;
  lose_lease("a");
  list();
  EXPECT_TRUE(membership.marks().empty()) << "known to be dead";
  add("a", {"b", "self"});
  store["a"].node->dead = true;
  store["a"].node->version = 7;
  list();
  EXPECT_EQ(state("a"), NodeState::dead) << "what others have found holds";
  pass(fresh_ms);
  EXPECT_EQ(state("a"), NodeState::alive);
  ASSERT_EQ(membership.marks().size(), 1u);
  EXPECT_FALSE(membership.marks()[0].dead);
  EXPECT_EQ(membership.marks()[0].seen_version, 7);
  EXPECT_TRUE(membership.marks()[0].seen_leased);
}

TEST_F(MembershipTest, TheDeadAreForgottenAfterADayWithoutAChange) {
  settle({"a", "self"});
  lose_lease("a");
  pass(lease_gone_max_ms + 250);
  ASSERT_EQ(membership.marks().size(), 1u);
  store["a"].node->dead = true;
  store["a"].node->version = 2;
  list();
  const std::int64_t marked_ms = now_ms;
  now_ms = marked_ms + forget_after_ms - 1;
  list();
  EXPECT_TRUE(membership.to_forget().empty());
  now_ms = marked_ms + forget_after_ms;
  list();
  ASSERT_EQ(membership.to_forget().size(), 1u);
  EXPECT_EQ(membership.to_forget()[0].seen_version, 2);
  store.erase("a");
  list();
  EXPECT_EQ(membership.known(), 1u);
}

TEST_F(MembershipTest, ADayBeginsAnewWithEverySignOfLife) {
  settle({"a", "self"});
  lose_lease("a");
  pass(lease_gone_max_ms + 250);
  now_ms += forget_after_ms - 1000;
  store["a"].node->version = 5;  // it was there, and was marked again, while we did not look
  store["a"].node->dead = true;
  list();
  now_ms += forget_after_ms - 1;
  list();
  EXPECT_TRUE(membership.to_forget().empty());
  add("a", {"self"});
  list();
  now_ms += 1;
  list();
  EXPECT_TRUE(membership.to_forget().empty());
}

TEST_F(MembershipTest, WhoHasItsLeaseIsNotForgottenHoweverDead) {
  settle({"a", "self"});
  cut("self", "a");
  list();
  now_ms += 2 * forget_after_ms;
  list();
  EXPECT_EQ(state("a"), NodeState::dead);
  EXPECT_TRUE(membership.to_forget().empty());
}

TEST_F(MembershipTest, OnlyWhoIsReachedTellsUsTheTime) {
  settle({"a", "b", "self"});
  on_probe(probe("a", true, {5000, 1}));
  EXPECT_TRUE(membership.clock().off);
  on_probe(probe("b", true, {0, 1}));
  EXPECT_FALSE(membership.clock().off);
  lose_lease("b");
  list();
  on_probe(probe("b", true, {0, 1}));  // which was on its way
  EXPECT_TRUE(membership.clock().off);
  for (int i = 0; i < probe_failures_max; ++i) on_probe(probe("a", false));
  EXPECT_FALSE(membership.clock().off);
  EXPECT_EQ(membership.clock().others, 0u);
}

TEST_F(MembershipTest, OnlyOthersWithLeaseAndAddressAreProbed) {
  settle({"a", "b", "self"});
  lose_lease("b");
  store["c"] = {.name = "c", .node = {}, .presence = core::Presence{}};
  list();
  EXPECT_EQ(membership.peers(), (std::vector<Peer>{{"a", "a:2"}}));
}

TEST(MembershipWithoutLeases, ThisServerIsAliveAndAllOthersAreGone) {
  Membership membership("self", /*leases=*/false, 0);
  core::ListedNode old{.name = "old", .node = core::Node{.version = 1}, .presence = {}};
  core::ListedNode self{.name = "self", .node = core::Node{.dead = true, .version = 4}};
  for (const std::int64_t now_ms : {0, 3000, 10'000}) {
    membership.on_list(std::vector{old, self}, now_ms);
  }
  EXPECT_EQ(membership.nodes()[0].state, NodeState::dead);
  EXPECT_EQ(membership.nodes()[1].state, NodeState::alive);
  EXPECT_EQ(membership.live(), 1u);
  ASSERT_EQ(membership.marks().size(), 2u);
  EXPECT_FALSE(membership.marks()[1].dead);
  EXPECT_FALSE(membership.marks()[1].seen_leased);
}

}  // namespace
}  // namespace dcount::nodes
