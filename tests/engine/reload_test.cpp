// An engine that starts, or whose feed has lost changes, over a store that cannot be loaded for a
// while.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "server/engine/engine.h"
#include "server/store/memory_store.h"
#include "tests/engine/commands.h"
#include "tests/engine/mailbox.h"

namespace dcount::engine {
namespace {

using namespace std::chrono_literals;

/// A shared store whose feed can lose changes.
class GappyStore final : public store::Store {
 public:
  enum class Loads { succeed, fail, refuse, hang };

  explicit GappyStore(std::shared_ptr<store::MemoryDisk> disk) : inner_(std::move(disk), "gappy") {}
  bool exclusive() const override { return false; }
  Result<store::Mark> claim() override { return inner_.claim(); }
  Result<Revision> load(const store::LoadVisitor& visitor) override {
    const int interrupts_before = interrupts_;
    while (loads == Loads::hang && interrupts_ == interrupts_before) std::this_thread::yield();
    if (loads == Loads::succeed) return inner_.load(visitor);
    visitor({"counter/c/half", "1 n=1 v=1", 1});
    ++failed_loads;
    if (loads == Loads::refuse) return Error{Certainty::definite, "the store refuses"};
    return Error{Certainty::unknown, "the store is away"};
  }
  void interrupt_loads() override { ++interrupts_; }
  void commit(const store::Batch& batch, store::CommitDone done) override {
    inner_.commit(batch, [this, done](store::CommitResult result) {
      if (!hold_answers) return done(std::move(result));
      const std::lock_guard lock(mutex_);
      held_ = [done, result = std::move(result)] { done(result); };
    });
  }
  void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) override {
    inner_.settle(lost, fence, done);
  }
  void watch(Revision after, store::ChangeSink* sink) override {
    if (sink != nullptr) sink_ = sink;
    inner_.watch(after, sink);
  }

  void go_deaf() { inner_.watch(0, nullptr); }
  void tell_gap() { sink_.load()->on_gap(); }
  bool holds_answer() {
    const std::lock_guard lock(mutex_);
    return held_ != nullptr;
  }
  void answer() {
    const std::lock_guard lock(mutex_);
    std::exchange(held_, nullptr)();
  }

  std::atomic<Loads> loads = Loads::succeed;
  std::atomic<int> failed_loads = 0;
  std::atomic<bool> hold_answers = false;

 private:
  store::MemoryStore inner_;
  std::atomic<store::ChangeSink*> sink_ = nullptr;
  std::atomic<int> interrupts_ = 0;
  std::mutex mutex_;
  std::function<void()> held_;
};

template <class Holds>
bool comes_true(Holds holds) {
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (!holds() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  return holds();
}

struct ReloadTest : testing::Test {
  std::shared_ptr<store::MemoryDisk> disk = std::make_shared<store::MemoryDisk>();
  SystemClock clock;
  Mailbox mailbox;
  GappyStore* gappy = nullptr;  // the engine's
  std::optional<Engine> deaf;
  std::optional<Engine> other;

  void begin(std::int64_t deadline_ms) {
    auto owned = std::make_unique<GappyStore>(disk);
    gappy = owned.get();
    EngineOptions options;
    options.sequencer.deadline_ms = deadline_ms;
    deaf.emplace(std::move(owned), clock, options);
    other.emplace(std::make_unique<store::MemoryStore>(disk, "other"), clock);
    ASSERT_TRUE(deaf->start());
    ASSERT_TRUE(other->start());
  }

  /// An engine that is not started yet.
  void make(GappyStore::Loads loads, std::chrono::milliseconds load_time) {
    auto owned = std::make_unique<GappyStore>(disk);
    gappy = owned.get();
    gappy->loads = loads;
    EngineOptions options;
    options.load_time = load_time;
    deaf.emplace(std::move(owned), clock, options);
  }

  void submit(Engine& engine, core::Command command, std::uint64_t id = 0) {
    std::vector<Submission> one;
    one.push_back({std::move(command), {&mailbox, id}, {}});
    engine.submit(one);
  }

  core::Code code_of_answer(std::size_t number) {
    if (!mailbox.wait_for(number + 1)) return core::Code::in_flight;
    return mailbox.delivered[number].outcome.code;
  }

  /// The feed loses a change of another's, and nothing can be loaded.
  void lose_changes(GappyStore::Loads loads) {
    gappy->go_deaf();
    submit(*other, add("others"));
    ASSERT_EQ(code_of_answer(0), core::Code::ok);
    gappy->loads = loads;
    gappy->tell_gap();
    if (loads == GappyStore::Loads::succeed) return;
    ASSERT_TRUE(comes_true([&] { return deaf->trouble().starts_with("changes were lost"); }));
  }
};

TEST_F(ReloadTest, AStartLoadsAgainWhileTheStoreIsAway) {
  other.emplace(std::make_unique<store::MemoryStore>(disk, "other"), clock);
  ASSERT_TRUE(other->start());
  submit(*other, add("others"));
  ASSERT_EQ(code_of_answer(0), core::Code::ok);
  make(GappyStore::Loads::fail, 1h);
  std::thread comes_back([&] {
    EXPECT_TRUE(comes_true([&] { return gappy->failed_loads >= 2; }));
    gappy->loads = GappyStore::Loads::succeed;
  });
  const auto started = deaf->start();
  comes_back.join();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(deaf->statistics().counters, 1u) << "what loads that failed have left is gone";
}

TEST_F(ReloadTest, AStartFailsWhenTheStoreStaysAway) {
  make(GappyStore::Loads::fail, 1ms);
  const auto started = deaf->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "the store is away");
}

TEST_F(ReloadTest, AStartFailsAtOnceWhenTheStoreRefuses) {
  make(GappyStore::Loads::refuse, 30s);
  const auto started = deaf->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "the store refuses");
  EXPECT_EQ(gappy->failed_loads, 1);
}

TEST_F(ReloadTest, AfterAGapInTheFeedAllIsLoadedAgain) {
  begin(8000);
  lose_changes(GappyStore::Loads::succeed);
  EXPECT_TRUE(comes_true([&] { return deaf->statistics().counters == 1; }));
  EXPECT_TRUE(comes_true([&] { return deaf->trouble().empty(); }));
}

TEST_F(ReloadTest, CommandsAreAnsweredByTheirDeadlineWhileNothingCanBeLoaded) {
  for (const auto loads : {GappyStore::Loads::fail, GappyStore::Loads::hang}) {
    mailbox.delivered.clear();
    begin(100);
    lose_changes(loads);
    submit(*deaf, add("others"));
    EXPECT_EQ(code_of_answer(1), core::Code::unavailable);
    submit(*deaf, read("others"));
    EXPECT_EQ(code_of_answer(2), core::Code::unavailable);
  }
}

TEST_F(ReloadTest, AStaleReadIsRefusedAtOnceWhileTheStateIsNotWhole) {
  begin(1'000'000);
  lose_changes(GappyStore::Loads::fail);
  core::Command stale = read("half");
  stale.stale = true;
  submit(*deaf, stale);
  EXPECT_EQ(code_of_answer(1), core::Code::unavailable);
  gappy->loads = GappyStore::Loads::succeed;
  ASSERT_TRUE(comes_true([&] { return deaf->trouble().empty(); }));
  submit(*deaf, stale);
  EXPECT_EQ(code_of_answer(2), core::Code::not_found) << "what a load that failed has left is gone";
}

TEST_F(ReloadTest, WhatWaitsIsServedOnceALoadHasSucceeded) {
  begin(1'000'000);
  lose_changes(GappyStore::Loads::fail);
  submit(*deaf, add("others"));
  ASSERT_TRUE(comes_true([&] { return gappy->failed_loads >= 2; }));
  ASSERT_TRUE(
      comes_true([&] { return deaf->trouble().find("the store is away") != std::string::npos; }));
  gappy->loads = GappyStore::Loads::succeed;
  ASSERT_EQ(code_of_answer(1), core::Code::ok);
  EXPECT_EQ(counter_of(mailbox.delivered[1].outcome).n, 2);
  EXPECT_TRUE(comes_true([&] { return deaf->trouble().empty(); }));
}

TEST_F(ReloadTest, AnAnswerOfTheStoresIsTakenOnceALoadHasSucceeded) {
  begin(1'000'000);
  gappy->go_deaf();
  submit(*other, add("mine", 10));
  ASSERT_EQ(code_of_answer(0), core::Code::ok);
  gappy->hold_answers = true;
  submit(*deaf, read("mine"), 7);  // meets a conflict
  ASSERT_TRUE(comes_true([&] { return gappy->holds_answer(); }));
  gappy->loads = GappyStore::Loads::fail;
  gappy->tell_gap();
  ASSERT_TRUE(comes_true([&] { return gappy->failed_loads >= 1; }));
  gappy->hold_answers = false;
  gappy->answer();
  const int failed = gappy->failed_loads;
  ASSERT_TRUE(comes_true([&] { return gappy->failed_loads >= failed + 2; }));
  {
    const std::lock_guard lock(mailbox.mutex);
    EXPECT_EQ(mailbox.delivered.size(), 1u);
  }
  gappy->loads = GappyStore::Loads::succeed;
  ASSERT_EQ(code_of_answer(1), core::Code::ok);
  EXPECT_EQ(counter_of(mailbox.delivered[1].outcome).n, 10);
}

TEST_F(ReloadTest, StopReturnsWhileNothingCanBeLoaded) {
  for (const auto loads : {GappyStore::Loads::fail, GappyStore::Loads::hang}) {
    mailbox.delivered.clear();
    begin(100);
    lose_changes(loads);
    submit(*deaf, add("others"));
    deaf->stop();
    EXPECT_EQ(code_of_answer(1), core::Code::unavailable);
  }
}

}  // namespace
}  // namespace dcount::engine
