// The engine's thread with real threads around it.
#include "server/engine/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "server/store/memory_store.h"
#include "tests/engine/commands.h"
#include "tests/engine/mailbox.h"

namespace dcount::engine {
namespace {

using namespace std::chrono_literals;

/// A shared store whose answers come on a thread of its own, after the call has returned.
class LateStore final : public store::Store {
 public:
  explicit LateStore(std::shared_ptr<store::MemoryDisk> disk) : inner_(std::move(disk), "late") {}
  ~LateStore() override {
    if (worker_.joinable()) worker_.join();
  }
  bool exclusive() const override { return false; }
  Result<store::Mark> claim() override { return inner_.claim(); }
  Result<Revision> load(const store::LoadVisitor& visitor) override { return inner_.load(visitor); }
  void commit(const store::Batch& batch, store::CommitDone done) override {
    later([this, batch, done] { inner_.commit(batch, done); });
  }
  void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) override {
    later([this, lost, fence, done] { inner_.settle(lost, fence, done); });
  }
  void watch(Revision after, store::ChangeSink* sink) override { inner_.watch(after, sink); }

 private:
  void later(std::function<void()> work) {
    if (worker_.joinable()) worker_.join();
    worker_ = std::thread(std::move(work));
  }
  store::MemoryStore inner_;
  std::thread worker_;
};

struct EngineTest : testing::Test {
  std::shared_ptr<store::MemoryDisk> disk = std::make_shared<store::MemoryDisk>();
  SystemClock clock;
  Mailbox mailbox;

  std::unique_ptr<Engine> started(std::unique_ptr<store::Store> store, EngineOptions options = {}) {
    auto engine = std::make_unique<Engine>(std::move(store), clock, options);
    EXPECT_TRUE(engine->start());
    return engine;
  }

  void submit(Engine& engine, core::Command command, std::uint64_t id = 0) {
    std::vector<Submission> one;
    one.push_back({std::move(command), {&mailbox, id}, {}});
    engine.submit(one);
  }

  void count_from_many_threads(Engine& engine) {
    constexpr int threads = 4;
    constexpr int each = 500;
    std::vector<std::thread> callers;
    for (int t = 0; t < threads; ++t) {
      callers.emplace_back([&, t] {
        for (int i = 0; i < each; ++i) {
          submit(engine, add(i % 2 == 0 ? "hot" : "c" + std::to_string(i)), t * each + i);
        }
      });
    }
    for (auto& caller : callers) caller.join();
    ASSERT_TRUE(mailbox.wait_for(threads * each));
    std::set<std::uint64_t> tickets;
    std::set<std::int64_t> hot;
    for (const auto& completion : mailbox.delivered) {
      ASSERT_EQ(completion.outcome.code, core::Code::ok);
      ASSERT_TRUE(tickets.insert(completion.ticket.id).second);
      if (completion.ticket.id % 2 == 0) hot.insert(counter_of(completion.outcome).n);
    }
    EXPECT_EQ(hot.size(), threads * each / 2u) << "each caller got a value of its own";
    EXPECT_EQ(*hot.rbegin(), threads * each / 2);
  }
};

TEST_F(EngineTest, CountsForManyThreads) {
  auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"));
  count_from_many_threads(*engine);
  engine->stop();
}

TEST_F(EngineTest, CountsOverAStoreThatAnswersLaterFromAnotherThread) {
  auto engine = started(std::make_unique<LateStore>(disk));
  count_from_many_threads(*engine);
  engine->stop();
}

TEST_F(EngineTest, StopAnswersWhatIsQueued) {
  auto engine = started(std::make_unique<LateStore>(disk));
  for (int i = 0; i < 100; ++i) submit(*engine, add("a"), i);
  engine->stop();
  EXPECT_EQ(mailbox.delivered.size(), 100u);
}

TEST_F(EngineTest, ACleanStopLeavesNoGapInACachedSequence) {
  core::Definition definition;
  definition.mode = core::SequenceMode::cached;
  definition.cache = 50;
  const auto draw = [&](Engine& engine) { submit(engine, {core::Draw{"c", 3, {}, {}}, {}}); };
  {
    auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"));
    submit(*engine, {core::DefineSequence{"c", definition, {}}, {}});
    draw(*engine);
    ASSERT_TRUE(mailbox.wait_for(2));
    engine->stop();
  }
  auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"));
  draw(*engine);
  ASSERT_TRUE(mailbox.wait_for(3));
  const auto& drawn = std::get<core::NumbersOutcome>(mailbox.delivered[2].outcome.value);
  EXPECT_EQ(drawn.runs.front().first, 4);
}

TEST_F(EngineTest, WhatComesAfterStopIsUnavailable) {
  auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"));
  engine->stop();
  submit(*engine, add("a"));
  ASSERT_EQ(mailbox.delivered.size(), 1u);
  EXPECT_EQ(mailbox.delivered[0].outcome.code, core::Code::unavailable);
}

TEST_F(EngineTest, MoreCommandsThanMayWaitAreUnavailableAtOnce) {
  EngineOptions options;
  options.sequencer.queued_commands_max = 10;
  auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"), options);
  std::vector<Submission> many;
  for (std::uint64_t i = 0; i < 11; ++i) many.push_back({add("a"), {&mailbox, i}, {}});
  engine->submit(many);
  EXPECT_TRUE(many.empty());
  ASSERT_EQ(mailbox.delivered.size(), 11u);
  EXPECT_EQ(mailbox.delivered[0].outcome.code, core::Code::unavailable);
}

TEST_F(EngineTest, FindsWhatAnEarlierOneHasCommitted) {
  {
    auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"));
    submit(*engine, add("a", 42));
    ASSERT_TRUE(mailbox.wait_for(1));
  }
  auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"));
  submit(*engine, read("a"));
  ASSERT_TRUE(mailbox.wait_for(2));
  EXPECT_EQ(counter_of(mailbox.delivered[1].outcome).n, 42);
}

TEST_F(EngineTest, HearsOfWhatOthersCommit) {
  auto one = started(std::make_unique<store::MemoryStore>(disk, "one"));
  auto two = started(std::make_unique<store::MemoryStore>(disk, "two"));
  submit(*one, add("a", 1));
  ASSERT_TRUE(mailbox.wait_for(1));
  submit(*two, read("a"));
  ASSERT_TRUE(mailbox.wait_for(2));
  EXPECT_EQ(counter_of(mailbox.delivered[1].outcome).n, 1);
}

TEST_F(EngineTest, AFailedStoreIsToldOnceAndEndsTheService) {
  std::atomic<int> told = 0;
  auto engine = std::make_unique<Engine>(std::make_unique<store::MemoryStore>(disk, "n"), clock);
  engine->on_failure([&] { ++told; });
  ASSERT_TRUE(engine->start());
  disk->crash();
  submit(*engine, add("a"));
  submit(*engine, add("b"));
  ASSERT_TRUE(mailbox.wait_for(2));
  submit(*engine, add("c"));
  ASSERT_TRUE(mailbox.wait_for(3));
  EXPECT_EQ(mailbox.delivered[2].outcome.code, core::Code::unavailable);
  engine->stop();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(engine->status(), Engine::Status::failed);
  EXPECT_FALSE(engine->failure().empty());
}

TEST_F(EngineTest, HousekeepingKeepsIdempotencyRecordsWithinTheirNumber) {
  EngineOptions options;
  options.idempotency_records_max = 10;
  options.sweep_ms = 1;
  auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"), options);
  for (int i = 0; i < 50; ++i) submit(*engine, add("a", 1, "key" + std::to_string(i)), i);
  ASSERT_TRUE(mailbox.wait_for(50));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (engine->statistics().idempotency_records > 10 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_LE(engine->statistics().idempotency_records, 10u);
}

TEST_F(EngineTest, HousekeepingGoesOnWhenTheClockIsSetBack) {
  struct AheadForAWhile final : Clock {
    core::Now now() const override { return {right.now().unix_ms + ahead_ms}; }
    SystemClock right;
    std::atomic<std::int64_t> ahead_ms = 3'600'000;
  } wrong;
  EngineOptions options;
  options.idempotency_records_max = 10;
  options.sweep_ms = 1;
  Engine engine(std::make_unique<store::MemoryStore>(disk, "n"), wrong, options);
  ASSERT_TRUE(engine.start());
  for (const int round : {1, 2}) {
    for (int i = 50 * (round - 1); i < 50 * round; ++i) {
      submit(engine, add("a", 1, "key" + std::to_string(i)), i);
    }
    ASSERT_TRUE(mailbox.wait_for(50 * round));
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (engine.statistics().idempotency_records > 10 &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_LE(engine.statistics().idempotency_records, 10u) << "round " << round;
    wrong.ahead_ms = 0;
  }
}

TEST_F(EngineTest, ADumpShowsEverythingAtOneRevision) {
  auto engine = started(std::make_unique<store::MemoryStore>(disk, "n"));
  for (int i = 0; i < 10; ++i) submit(*engine, add("c" + std::to_string(i)), i);
  ASSERT_TRUE(mailbox.wait_for(10));
  std::size_t counters = 0;
  const auto revision = engine->dump(
      [&](const Entry& entry) { counters += entry.key.starts_with("counter/") ? 1 : 0; });
  ASSERT_TRUE(revision);
  EXPECT_EQ(counters, 10u);
  EXPECT_GT(*revision, 0);
}

}  // namespace
}  // namespace dcount::engine
