// Several servers over one memory disk: engines, node services and pings as in production, clocks
// as the tests set them.
#include "server/nodes/node_service.h"

#include <gtest/gtest.h>

#include <atomic>

#include "server/engine/blocking_call.h"
#include "server/store/memory_store.h"
#include "tests/nodes/ping_server.h"

namespace dcount::nodes {
namespace {

struct SetClock final : engine::Clock {
  core::Now now() const override { return {ms}; }
  std::atomic<std::int64_t> ms = 1'000'000;
};

/// One server of the cluster.
class Member {
 public:
  Member(std::shared_ptr<store::MemoryDisk> disk, const std::string& name,
         std::optional<store::MemoryStore::Lost> lose_first = {})
      : Member(std::make_unique<store::MemoryStore>(std::move(disk), name), name, lose_first) {}
  ~Member() {
    nodes.stop();
    engine.stop();
  }

  const NodeStatus* find(const std::string& name) {
    seen = nodes.snapshot();
    for (const NodeStatus& node : seen.nodes) {
      if (node.name == name) return &node;
    }
    return nullptr;
  }
  bool sees(const std::string& name, NodeState state) {
    const NodeStatus* node = find(name);
    return node != nullptr && node->state == state && !node->addresses.internal.empty();
  }
  bool reached_by_all_but_itself(const std::string& name) {
    find(name);
    return std::ranges::all_of(seen.nodes, [&](const NodeStatus& node) {
      return node.name == name || std::ranges::count(node.reaches, name) > 0;
    });
  }
  /// As the store has it, by a linearizable read.
  std::optional<core::Node> record(const std::string& name) {
    const auto listed = engine::BlockingCall(engine).run(core::ListNodes{});
    for (const auto& node : std::get<core::NodeListOutcome>(listed.value).nodes) {
      if (node.name == name) return node.node;
    }
    return std::nullopt;
  }
  core::Code count() {
    core::Add add;
    add.counter = {"c", "x"};
    add.create = true;
    return engine::BlockingCall(engine).run(add).code;
  }

  SetClock clock;
  store::MemoryStore& store;
  engine::Engine engine;
  std::unique_ptr<PingServer> ping;
  NodeService nodes;
  NodeSnapshot seen;

 private:
  Member(std::unique_ptr<store::MemoryStore> memory, const std::string& name,
         std::optional<store::MemoryStore::Lost> lose_first)
      : store(*memory),
        engine(std::move(memory), clock),
        ping(std::make_unique<PingServer>([this, name] { return pong(name, clock.ms); })),
        nodes(engine, clock, options(name)) {
    if (lose_first) store.lose_next(*lose_first);
    EXPECT_TRUE(engine.start());
    nodes.start({"127.0.0.1:80", ping->address()}, "0.1.0");
  }
  static NodeServiceOptions options(const std::string& name) {
    NodeServiceOptions options;
    options.name = name;
    options.tick = 2ms;
    options.prober.interval = 5ms;
    options.prober.connect_time = options.prober.read_time = 10s;  // a busy machine is no answer
    return options;
  }
};

struct NodeServiceTest : testing::Test {
  std::shared_ptr<store::MemoryDisk> disk = std::make_shared<store::MemoryDisk>();
  std::map<std::string, std::unique_ptr<Member>> members;

  /// Up, knowing and reaching each other, and no longer fresh.
  void start(std::vector<std::string> names) {
    for (const auto& name : names) members[name] = std::make_unique<Member>(disk, name);
    for (const auto& seer : names) {
      for (const auto& name : names) {
        ASSERT_TRUE(soon([&] {
          return members[seer]->sees(name, NodeState::alive) &&
                 members[seer]->reached_by_all_but_itself(name);
        })) << seer
            << " sees " << name;
      }
    }
    pass(fresh_ms);
  }
  void pass(std::int64_t ms) {
    for (auto& [name, member] : members) member->clock.ms += ms;
  }
};

TEST_F(NodeServiceTest, ServersFindAndReachEachOther) {
  start({"a", "b", "c"});
  EXPECT_EQ(members["a"]->nodes.known_count(), 3);
  const auto record = members["a"]->record("b");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->addresses.internal, members["b"]->ping->address());
  EXPECT_EQ(record->program, "0.1.0");
}

TEST_F(NodeServiceTest, WhoHasStartedIsRegisteredAndKnowsWhoElseIs) {
  Member a(disk, "a");
  Member b(disk, "b");
  EXPECT_TRUE(a.record("b"));
  EXPECT_NE(b.find("a"), nullptr);
}

TEST_F(NodeServiceTest, WhoGoesIsDeadAfterThreeSecondsAndWhoComesBackIsAlive) {
  start({"a", "b", "c"});
  members.erase("c");
  ASSERT_TRUE(soon([&] { return members["a"]->sees("c", NodeState::suspected); }));
  ASSERT_TRUE(soon([&] { return members["b"]->sees("c", NodeState::suspected); }));
  EXPECT_FALSE(members["a"]->record("c")->dead);
  pass(lease_gone_max_ms);
  EXPECT_TRUE(soon([&] { return members["a"]->sees("c", NodeState::dead); }));
  EXPECT_TRUE(soon([&] { return members["a"]->record("c")->dead; }));
  EXPECT_EQ(members["a"]->nodes.known_count(), 3) << "it may hold leased numbers";

  members["c"] = std::make_unique<Member>(disk, "c");
  EXPECT_TRUE(soon([&] { return members["a"]->sees("c", NodeState::alive); }));
  EXPECT_FALSE(members["a"]->record("c")->dead);
}

TEST_F(NodeServiceTest, AfterADayTheDeadAreForgottenWithTheirMark) {
  start({"a", "b"});
  members.erase("b");
  ASSERT_TRUE(soon([&] { return members["a"]->sees("b", NodeState::suspected); }));
  pass(lease_gone_max_ms);
  ASSERT_TRUE(soon([&] { return members["a"]->record("b")->dead; }));
  ASSERT_TRUE(soon([&] { return members["a"]->sees("b", NodeState::dead); }));
  // The day begins when the mark is seen, so let there be lists first.
  const auto ticks = members["a"]->engine.statistics().commands;
  ASSERT_TRUE(soon([&] { return members["a"]->engine.statistics().commands > ticks + 50; }));
  pass(forget_after_ms);
  EXPECT_TRUE(soon([&] { return members["a"]->find("b") == nullptr; }));
  EXPECT_FALSE(members["a"]->record("b"));
  EXPECT_EQ(members["a"]->nodes.known_count(), 1);
  EXPECT_TRUE(soon([&] { return store::MemoryStore(disk, "b").claim()->incarnation == 1; }))
      << "as if it had never been";
}

TEST_F(NodeServiceTest, WhoMostOthersCannotReachIsDeadThoughItHasItsLease) {
  start({"a", "b", "c"});
  members["c"]->ping.reset();
  EXPECT_TRUE(soon([&] { return members["a"]->sees("c", NodeState::dead); }));
  EXPECT_TRUE(soon([&] { return members["c"]->sees("c", NodeState::dead); })) << "it is told";
  EXPECT_TRUE(soon([&] { return members["a"]->record("c")->dead; }));
  EXPECT_TRUE(members["a"]->sees("b", NodeState::alive));
}

TEST_F(NodeServiceTest, ALeaseThatWasLostComesBack) {
  start({"a", "b"});
  members["b"]->store.lose_lease();
  ASSERT_TRUE(soon([&] { return members["a"]->sees("b", NodeState::suspected); }));
  pass(lease_gone_max_ms);
  ASSERT_TRUE(soon([&] { return members["a"]->record("b")->dead; }));
  members["b"]->store.announce("1 reaches=a");
  ASSERT_TRUE(soon([&] { return members["a"]->find("b")->reason == "it was marked dead"; }));
  ASSERT_TRUE(soon([&] { return members["a"]->reached_by_all_but_itself("b"); }));
  pass(fresh_ms);
  EXPECT_TRUE(soon([&] { return members["a"]->sees("b", NodeState::alive); }));
  EXPECT_TRUE(soon([&] { return !members["a"]->record("b")->dead; }));
}

TEST_F(NodeServiceTest, AClockThatIsOffServesNobodyUntilItIsRight) {
  start({"a", "b", "c"});
  members["c"]->clock.ms += clock_off_max_ms + 1000;
  ASSERT_TRUE(soon([&] { return !members["c"]->engine.trouble().empty(); }));
  EXPECT_NE(members["c"]->engine.trouble().find("clock is"), std::string::npos);
  EXPECT_NE(members["c"]->engine.trouble().find("s ahead of the median of 2 other"),
            std::string::npos)
      << members["c"]->engine.trouble();
  EXPECT_EQ(members["c"]->count(), core::Code::unavailable);
  EXPECT_EQ(members["a"]->count(), core::Code::ok) << "one clock does not stop the others";
  EXPECT_TRUE(members["a"]->engine.trouble().empty());
  members["a"]->clock.ms += clock_off_max_ms + 1000;
  members["b"]->clock.ms += clock_off_max_ms + 1000;
  EXPECT_TRUE(soon([&] { return members["c"]->engine.trouble().empty(); }));
  EXPECT_TRUE(soon([&] { return members["c"]->count() == core::Code::ok; }));
}

TEST_F(NodeServiceTest, ARegistrationWhoseAnswerIsLostIsThere) {
  using Lost = store::MemoryStore::Lost;
  members["a"] = std::make_unique<Member>(disk, "a", Lost::request);
  EXPECT_TRUE(soon([&] { return members["a"]->sees("a", NodeState::alive); }));
  members["b"] = std::make_unique<Member>(disk, "b", Lost::answer);
  EXPECT_TRUE(soon([&] { return members["a"]->sees("b", NodeState::alive); }));
  EXPECT_EQ(members["a"]->record("b")->version, 1);
}

TEST_F(NodeServiceTest, WhoWasForgottenWhileItWasThereRegistersAgain) {
  start({"a", "b"});
  const std::int64_t version = members["a"]->record("b")->version;
  members["b"]->store.lose_lease();
  ASSERT_TRUE(soon([&] {
    const auto forget = core::ForgetNode{"b", version};
    return engine::BlockingCall(members["a"]->engine).run(forget).code == core::Code::ok;
  }));
  EXPECT_TRUE(soon([&] { return members["a"]->record("b").has_value(); }));
  EXPECT_EQ(members["a"]->record("b")->version, version + 2);
}

TEST_F(NodeServiceTest, WithoutAStoreWhatWasKnownIsStillTold) {
  start({"a", "b"});
  disk->cut_power_after(0);
  EXPECT_EQ(members["a"]->count(), core::Code::unknown);
  EXPECT_TRUE(members["a"]->sees("a", NodeState::alive));
  EXPECT_TRUE(members["a"]->sees("b", NodeState::alive));
}

}  // namespace
}  // namespace dcount::nodes
