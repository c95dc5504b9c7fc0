// Several sequencers on one store that loses requests and answers, delivers late, reorders nothing
// but everything else, and lets other writers in at any moment. One thread, one seed, no clock:
// a failing seed fails again. What clients saw is judged afterwards.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/sequencer.h"
#include "server/store/memory_store.h"

namespace dcount::engine {

/// What a client saw of one operation.
struct Operation {
  core::Command command;
  int invoked = 0;
  int completed = 0;  ///< 0: not yet
  core::Outcome outcome;
  int server = 0;
};

/// One server: a sequencer over its own connection, and a feed that may lag.
struct Server final : store::ChangeSink {
  Server(const std::shared_ptr<store::MemoryDisk>& disk, const std::string& name)
      : store(disk, name) {
    const auto mark = store.claim();
    const auto revision = store.load([&](const Entry& entry) { state.apply(entry); });
    state.advance(*revision);
    SequencerOptions options;
    options.rest_ms = 2;
    sequencer.emplace(state, *mark, /*exclusive=*/false, options);
    store.watch(*revision, this);
  }
  ~Server() override { store.watch(0, nullptr); }

  void on_changes(Revision revision, std::span<const Entry> entries) override {
    feed.emplace_back(revision, std::vector<Entry>(entries.begin(), entries.end()));
  }

  store::MemoryStore store;
  core::State state;
  std::optional<Sequencer> sequencer;
  std::deque<std::pair<Revision, std::vector<Entry>>> feed;
  std::optional<store::CommitResult> answer;  // arrived, not read yet
  bool under_way = false;
};

class Chaos {
 public:
  /// Invents the next command; what has been seen so far is in `operations`.
  using Invent = std::function<core::Command(Chaos& chaos)>;

  Chaos(std::uint64_t seed, Invent invent) : invent_(std::move(invent)), random_(seed) {
    for (int i = 0; i < 3; ++i) {
      servers_.push_back(std::make_unique<Server>(disk_, "n" + std::to_string(i)));
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) act(/*faults=*/true);
    for (int i = 0; i < 20'000 && !quiet(); ++i) act(/*faults=*/false);
  }

  bool quiet() const {
    for (const Operation& operation : operations) {
      if (operation.completed == 0) return false;
    }
    return true;
  }

  /// What is durable in the end.
  void load(const store::LoadVisitor& visitor) { EXPECT_TRUE(servers_[0]->store.load(visitor)); }

  int draw(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  core::Now now() const { return now_; }

  std::deque<Operation> operations;

 private:
  void act(bool faults) {
    Server& server = *servers_[draw(3)];
    ++time_;
    switch (draw(faults ? 8 : 5)) {
      case 0:
        return take_answer(server);
      case 1:
        return commit(server, faults);
      case 2:
        return read_feed(server);
      case 3:
        now_.unix_ms += draw(30);
        return server.sequencer->expire(now_);
      case 4:
        return server.store.arrive_late();
      case 5:
        now_.unix_ms += draw(200) == 0 ? 5000 : 0;
        return;
      default:
        return invoke(draw(3));
    }
  }

  void invoke(int server) {
    core::Command command = invent_(*this);
    operations.push_back({std::move(command), ++time_, 0, {}, server});
    submit(operations.size() - 1);
  }

  void submit(std::size_t number) {
    Operation& operation = operations[number];
    servers_[operation.server]->sequencer->submit(operation.command, {nullptr, number}, now_);
  }

  void commit(Server& server, bool faults) {
    if (server.under_way) return;
    const Step* step = server.sequencer->next_step(now_);
    take_completions(server);
    if (step == nullptr) return;
    server.under_way = true;
    using Lost = store::MemoryStore::Lost;
    if (faults && draw(3) == 0) {
      server.store.lose_next(std::array{Lost::request, Lost::answer, Lost::late}[draw(3)]);
    }
    const auto done = [&](store::CommitResult result) { server.answer = std::move(result); };
    if (step->fence)
      server.store.settle(step->batch, *step->fence, done);
    else
      server.store.commit(step->batch, done);
  }

  void take_answer(Server& server) {
    if (!server.answer) return;
    server.under_way = false;
    server.sequencer->on_result(*std::exchange(server.answer, std::nullopt), now_);
    take_completions(server);
  }

  void read_feed(Server& server) {
    if (server.feed.empty()) return;
    server.sequencer->on_changes(server.feed.front().first, server.feed.front().second);
    server.feed.pop_front();
  }

  void take_completions(Server& server) {
    for (Completion& completion : server.sequencer->take_completions()) {
      Operation& operation = operations[completion.ticket.id];
      ASSERT_EQ(operation.completed, 0) << "answered twice";
      const core::Code code = completion.outcome.code;
      const bool again = code == core::Code::unknown || code == core::Code::unavailable ||
                         code == core::Code::in_flight;
      if (operation.command.idempotency && again) {  // as a client would: elsewhere, same key
        operation.server = draw(3);
        retries_.push_back(completion.ticket.id);
        continue;
      }
      operation.completed = ++time_;
      operation.outcome = std::move(completion.outcome);
    }
    while (!retries_.empty()) {
      submit(retries_.front());
      retries_.pop_front();
    }
  }

  Invent invent_;
  std::mt19937_64 random_;
  std::shared_ptr<store::MemoryDisk> disk_ = std::make_shared<store::MemoryDisk>();
  std::vector<std::unique_ptr<Server>> servers_;
  std::deque<std::size_t> retries_;
  core::Now now_{1'000'000};
  int time_ = 0;
};

/// Runs `run_seed` for many seeds, or the one chosen by DCOUNT_CHAOS_SEED.
template <class RunSeed>
void for_each_seed(std::uint64_t count, RunSeed run_seed) {
  const char* chosen = std::getenv("DCOUNT_CHAOS_SEED");
  const std::uint64_t first = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  const std::uint64_t last = chosen != nullptr ? first : count;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    run_seed(seed);
    if (testing::Test::HasFatalFailure()) FAIL() << "again with DCOUNT_CHAOS_SEED=" << seed;
  }
}

}  // namespace dcount::engine
