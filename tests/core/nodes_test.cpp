// Nodes' records: what each command does, and any commands in any order against a dumb model.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "server/core/names.h"
#include "server/core/node.h"
#include "server/core/records.h"
#include "tests/core/bench.h"

namespace dcount::core {
namespace {

const NodeAddresses addresses{"10.0.0.1:8080", "10.0.0.1:9"};

RegisterNode registration(std::string name) { return {std::move(name), addresses, "0.1.0"}; }

struct Nodes : testing::Test, Bench {
  Code code(CommandBody body) { return run({std::move(body), {}}).outcome.code; }

  /// What the store does of itself, not by commands.
  void lease(const std::string& name, const std::string& reaches = "") {
    state.apply({alive_key(name), "1 reaches=" + reaches, ++revision});
    state.advance(revision);
  }
  void end_lease(const std::string& name) {
    state.apply({alive_key(name), std::nullopt, ++revision});
    state.advance(revision);
  }

  std::vector<ListedNode> list() {
    return std::get<NodeListOutcome>(run({ListNodes{}, {}}).outcome.value).nodes;
  }
  Node node(const std::string& name) {
    for (const ListedNode& listed : list()) {
      if (listed.name == name && listed.node) return *listed.node;
    }
    return Node{.deleted = true};
  }
};

TEST_F(Nodes, ARegisteredNodeIsListedWithItsAddressesAndVersion) {
  EXPECT_EQ(code(registration("b")), Code::created);
  EXPECT_EQ(code(registration("a")), Code::created);
  const auto nodes = list();
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[0].name, "a");
  EXPECT_EQ(nodes[0].node->addresses, addresses);
  EXPECT_EQ(nodes[0].node->program, "0.1.0");
  EXPECT_EQ(nodes[0].node->at_ms, now.unix_ms);
  EXPECT_FALSE(nodes[0].presence);
}

TEST_F(Nodes, RegisteringWhatIsKnownWritesNothing) {
  code(registration("a"));
  EXPECT_TRUE(run({registration("a"), {}}).writes.empty());
  RegisterNode moved = registration("a");
  moved.addresses.internal = "10.0.0.1:10";
  EXPECT_EQ(code(moved), Code::ok);
  EXPECT_EQ(node("a").version, 2);
}

TEST_F(Nodes, ALeaseIsListedWithWhomItReaches) {
  lease("stranger", "a,b");
  const auto nodes = list();
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(nodes[0].name, "stranger");
  EXPECT_FALSE(nodes[0].node);
  EXPECT_EQ(nodes[0].presence->reaches, (std::vector<std::string>{"a", "b"}));
  end_lease("stranger");
  EXPECT_TRUE(list().empty());
}

TEST_F(Nodes, AMarkHoldsOnlyForWhatWasSeen) {
  code(registration("a"));
  EXPECT_EQ(code(MarkNode{"a", true, 2, false}), Code::precondition_failed);
  EXPECT_EQ(code(MarkNode{"a", true, 1, true}), Code::precondition_failed);
  EXPECT_FALSE(node("a").dead);
  pass(5);
  EXPECT_EQ(code(MarkNode{"a", true, 1, false}), Code::ok);
  EXPECT_TRUE(node("a").dead);
  EXPECT_EQ(node("a").at_ms, now.unix_ms);
  EXPECT_EQ(code(MarkNode{"nobody", true, 0, false}), Code::not_found);
}

TEST_F(Nodes, AMarkThatIsThereAlreadyIsOkAndWritesNothing) {
  code(registration("a"));
  code(MarkNode{"a", true, 1, false});
  const Decision again = run({MarkNode{"a", true, 1, false}, {}});
  EXPECT_EQ(again.outcome.code, Code::ok);
  EXPECT_TRUE(again.writes.empty());
}

TEST_F(Nodes, ANodeMarkedDeadIsAliveOnceItRegisters) {
  code(registration("a"));
  code(MarkNode{"a", true, 1, false});
  EXPECT_EQ(code(registration("a")), Code::ok);
  EXPECT_FALSE(node("a").dead);
  EXPECT_EQ(node("a").version, 3);
}

TEST_F(Nodes, ANodeWithItsLeaseIsNotForgotten) {
  code(registration("a"));
  lease("a");
  EXPECT_EQ(code(ForgetNode{"a", 1}), Code::precondition_failed);
  end_lease("a");
  EXPECT_EQ(code(ForgetNode{"a", 2}), Code::precondition_failed);
  EXPECT_EQ(code(ForgetNode{"a", 1}), Code::ok);
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(code(ForgetNode{"a", 1}), Code::not_found);
}

TEST_F(Nodes, MarkingAndForgettingGuardTheLease) {
  code(registration("a"));
  const std::vector<Read> both{{"node/a", revision}, {"alive/a", 0}};
  EXPECT_EQ(run({ForgetNode{"a", 7}, {}}).reads, (std::vector<Read>{both[0]}));
  EXPECT_EQ(run({MarkNode{"a", true, 1, true}, {}}).reads, both);
  EXPECT_EQ(run({ForgetNode{"a", 1}, {}}).reads, both);
}

TEST_F(Nodes, AForgottenNodesVersionGoesOnUntilItsTombstoneIsSwept) {
  code(registration("a"));
  code(ForgetNode{"a", 1});
  EXPECT_EQ(code(registration("a")), Code::created);
  EXPECT_EQ(node("a").version, 3);
  code(ForgetNode{"a", 3});
  pass(state.tombstone_ms() - 1);
  run({Sweep{}, {}});
  EXPECT_TRUE(state.get("node/a").value);
  pass(1);
  run({Sweep{}, {}});
  EXPECT_FALSE(state.get("node/a").value);
}

TEST_F(Nodes, AListLooksAtWholeTables) {
  code(registration("a"));
  EXPECT_EQ(run({ListNodes{}, {}}).range_reads,
            (std::vector<RangeRead>{{"node/", "node0", 1}, {"alive/", "alive0", 1}}));
  EXPECT_TRUE(needs_settled_view({ListNodes{}, {}}));
}

TEST_F(Nodes, AreNotUsersRecords) {
  code(registration("a"));
  lease("a");
  EXPECT_TRUE(state.empty());
  EXPECT_FALSE(is_dumped("node/a"));
  EXPECT_FALSE(is_dumped("alive/a"));
  EXPECT_TRUE(is_dumped("counter/a/b"));
  EXPECT_FALSE(is_readable("node/a", *state.get("node/a").value))
      << "a dump that has one is no dump";
}

TEST_F(Nodes, ARestoreLeavesThemAndRefusesNone) {
  code(registration("a"));
  run({Restore{.stage = Restore::Stage::begin, .records = {}}, {}});
  run({Restore{.stage = Restore::Stage::clear, .records = {}}, {}});
  EXPECT_EQ(code(registration("b")), Code::created);
  EXPECT_EQ(code(MarkNode{"a", true, 1, false}), Code::ok);
  EXPECT_EQ(list().size(), 2u);
  EXPECT_EQ(code(create_at(0)), Code::unavailable);
}

TEST_F(Nodes, FieldsOfALaterVersionArePassedOver) {
  const auto node = decode_node("1 rack=7 address=h:1 internal=h:2 program=9.0 v=4 at=5 new");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->version, 4);
  EXPECT_EQ(decode_presence("1 load=3 reaches=a,b").reaches.size(), 2u);
}

TEST_F(Nodes, WhatIsNoRecordIsAsIfThereWereNone) {
  for (const char* text : {"2 v=1", "1 address=h:1 v=1", "1 address=h:1 internal=h:2 program=1",
                           "1 address=h internal=h:2 program=1 v=1"}) {
    EXPECT_FALSE(decode_node(text)) << text;
    state.apply({"node/a", text, ++revision});
    EXPECT_TRUE(list().empty()) << text;
    EXPECT_EQ(code(registration("a")), Code::created) << text;
  }
}

TEST(NodeNames, AreShortWordsAndAddressesHaveAPort) {
  EXPECT_TRUE(is_node_name("A-z_0.9"));
  EXPECT_TRUE(is_node_name(std::string(64, 'n')));
  for (const std::string name : {"", ".", "..", "a b", "a/b", "a,b", "é"}) {
    EXPECT_FALSE(is_node_name(name)) << name;
  }
  EXPECT_FALSE(is_node_name(std::string(65, 'n')));
  for (const char* address : {"host:1", "[::1]:65535", "10.0.0.1:8080"}) {
    EXPECT_TRUE(is_node_address(address)) << address;
  }
  for (const char* address : {"", "host", ":1", "host:", "host:0", "host:65536", "a b:1", "h:1x"}) {
    EXPECT_FALSE(is_node_address(address)) << address;
  }
}

/// What the rules should do, without keys, versions in texts, or guards.
struct NodeModel {
  struct One {
    bool there = false;
    bool dead = false;
    std::string internal;
    std::int64_t version = 0;
  };
  std::map<std::string, One> nodes;
  std::set<std::string> leased;

  void apply(const RegisterNode& command) {
    One& one = nodes[command.name];
    const bool same = one.there && !one.dead && one.internal == command.addresses.internal;
    if (!same) one = {true, false, command.addresses.internal, one.version + 1};
  }
  void apply(const MarkNode& command) {
    One& one = nodes[command.name];
    const bool as_seen =
        one.version == command.seen_version && leased.contains(command.name) == command.seen_leased;
    if (!one.there || one.dead == command.dead || !as_seen) return;
    one.dead = command.dead;
    ++one.version;
  }
  void apply(const ForgetNode& command) {
    One& one = nodes[command.name];
    if (!one.there || one.version != command.seen_version || leased.contains(command.name)) return;
    one = {false, false, "", one.version + 1};
  }
};

struct NodeSteps : Nodes {
  void TestBody() override {}
};

RC_GTEST_PROP(NodesProperty, AnyCommandsInAnyOrderDoAsTheModelDoes, ()) {
  NodeSteps bench;
  NodeModel model;
  const int steps = *rc::gen::inRange(0, 60);
  for (int i = 0; i < steps; ++i) {
    const std::string name = *rc::gen::elementOf(std::vector<std::string>{"a", "b"});
    const auto version = *rc::gen::inRange<std::int64_t>(-1, 1) + model.nodes[name].version;
    const bool yes = *rc::gen::arbitrary<bool>();
    const auto both = [&](const auto& command) {
      bench.run({command, {}});
      model.apply(command);
    };
    switch (*rc::gen::inRange(0, 4)) {
      case 0: {
        RegisterNode command = registration(name);
        command.addresses.internal = yes ? "h:1" : "h:2";
        both(command);
        break;
      }
      case 1:
        both(MarkNode{name, yes, version, *rc::gen::arbitrary<bool>()});
        break;
      case 2:
        both(ForgetNode{name, version});
        break;
      default:
        if (yes) {
          bench.lease(name);
          model.leased.insert(name);
        } else {
          bench.end_lease(name);
          model.leased.erase(name);
        }
    }
    for (const auto& [known, one] : model.nodes) {
      const Node node = bench.node(known);
      RC_ASSERT(node.deleted == !one.there);
      if (!one.there) continue;
      RC_ASSERT(node.dead == one.dead);
      RC_ASSERT(node.version == one.version);
      RC_ASSERT(node.addresses.internal == one.internal);
      RC_ASSERT(decode_node(encode(node)) == node);
    }
  }
}

}  // namespace
}  // namespace dcount::core
