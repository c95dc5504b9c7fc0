// Several sequencers on one store that loses requests and answers, delivers late, reorders nothing
// but everything else, and lets other writers in at any moment. One thread, one seed, no clock:
// a failing seed fails again. What clients saw is judged afterwards.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "server/core/counter.h"
#include "server/engine/sequencer.h"
#include "server/store/memory_store.h"
#include "tests/engine/commands.h"

namespace dcount::engine {
namespace {

using core::Code;

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
  explicit Chaos(std::uint64_t seed) : random_(seed) {
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

  std::int64_t value(const std::string& id) {
    std::int64_t n = 0;
    const auto count = [&](const Entry& entry) {
      if (entry.key == "counter/c/" + id) n = core::decode_counter(*entry.value).n;
    };
    EXPECT_TRUE(servers_[0]->store.load(count));
    return n;
  }

  std::deque<Operation> operations;

 private:
  int draw(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

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
    static const char* const ids[] = {"a", "b", "hot", "hot"};
    const std::string id = ids[draw(4)];
    core::Command command;
    switch (draw(5)) {
      case 0:
        command = read(id);
        break;
      case 1:
        command = add("exact", 1, "key" + std::to_string(operations.size()));
        break;
      case 2:
        command = transfer("x", "y", 1 + draw(5));
        break;
      default:
        command = add(id);
        break;
    }
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
      const Code code = completion.outcome.code;
      const bool again =
          code == Code::unknown || code == Code::unavailable || code == Code::in_flight;
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

  std::mt19937_64 random_;
  std::shared_ptr<store::MemoryDisk> disk_ = std::make_shared<store::MemoryDisk>();
  std::vector<std::unique_ptr<Server>> servers_;
  std::deque<std::size_t> retries_;
  core::Now now_{1'000'000};
  int time_ = 0;
};

struct Seen {
  int invoked, completed;
  std::int64_t n, version;
  bool change;
};

/// The version of a counter is its order: changes have versions of their own, one more each, and
/// nothing that began after another had ended comes before it.
void judge(const std::string& id, std::vector<Seen> seen) {
  std::ranges::sort(seen, {}, &Seen::version);
  std::set<std::int64_t> versions;
  int latest_invoke_before = 0;  // of operations at strictly smaller versions
  int latest_invoke_here = 0;
  std::int64_t here = -1;
  for (const Seen& operation : seen) {
    if (operation.version != here) {
      latest_invoke_before = std::max(latest_invoke_before, latest_invoke_here);
      here = operation.version;
    }
    latest_invoke_here = std::max(latest_invoke_here, operation.invoked);
    ASSERT_GT(operation.completed, latest_invoke_before)
        << id << ": version " << operation.version << " was answered before one of a smaller "
        << "version began";
    const bool first = !operation.change || versions.insert(operation.version).second;
    ASSERT_TRUE(first) << id << ": two changes made version " << operation.version;
    // Increments by one on a counter whose creation at 0 was version 1.
    ASSERT_EQ(operation.n, std::max<std::int64_t>(operation.version - 1, 0)) << id;
  }
}

void run_seed(std::uint64_t seed) {
  Chaos chaos(seed);
  chaos.run(4000);
  ASSERT_TRUE(chaos.quiet()) << "every operation is answered once the faults have ended";

  std::map<std::string, std::vector<Seen>> by_counter;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> bounds;  // ok, ok or unknown
  int ok = 0;
  for (const Operation& operation : chaos.operations) {
    const Code code = operation.outcome.code;
    const auto* body = std::get_if<core::Add>(&operation.command.body);
    const auto* read_body = std::get_if<core::ReadCounter>(&operation.command.body);
    ok += code == Code::ok ? 1 : 0;
    if (body != nullptr) {
      bounds[body->counter.id].first += code == Code::ok ? 1 : 0;
      bounds[body->counter.id].second += code == Code::ok || code == Code::unknown ? 1 : 0;
    }
    const bool answered = code == Code::ok || code == Code::not_found;
    if (!answered || (body == nullptr && read_body == nullptr)) continue;
    const auto& outcome = counter_of(operation.outcome);
    const std::string& id = body != nullptr ? body->counter.id : read_body->counter.id;
    by_counter[id].push_back(
        {operation.invoked, operation.completed, outcome.n, outcome.version, body != nullptr});
  }
  ASSERT_GT(ok, 300) << "the run has shown something";
  for (const auto& [id, seen] : by_counter) judge(id, seen);
  for (const auto& [id, bound] : bounds) {
    ASSERT_GE(chaos.value(id), bound.first) << id << ": an acknowledged increment is lost";
    ASSERT_LE(chaos.value(id), bound.second) << id << ": something was counted twice";
  }
  ASSERT_EQ(chaos.value("exact"), bounds["exact"].second) << "retried with a key until answered";
  ASSERT_EQ(chaos.value("x") + chaos.value("y"), 0) << "a batch applied in part";
}

TEST(Chaos, NothingIsLostNothingCountsTwiceAndOrderHoldsWhateverTheStoreDoes) {
  const char* chosen = std::getenv("DCOUNT_CHAOS_SEED");
  const std::uint64_t first = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  const std::uint64_t last = chosen != nullptr ? first : 60;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    run_seed(seed);
    if (testing::Test::HasFatalFailure()) {
      FAIL() << "again with DCOUNT_CHAOS_SEED=" << seed;
    }
  }
}

}  // namespace
}  // namespace dcount::engine
