// Two servers that want one key without end, in virtual time: whoever is further from the store
// must not be kept from it.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "server/engine/sequencer.h"
#include "tests/engine/commands.h"

namespace dcount::engine {
namespace {

constexpr std::int64_t time_ms = 20'000;
constexpr std::int64_t gap_max_ms = 1000;

/// The store: judges by revisions.
struct Judge {
  std::map<std::string, Entry> entries;
  Revision revision = 0;

  store::CommitResult judge(const store::Batch& batch, std::vector<Entry>& changes) {
    store::CommitResult result;
    result.status = store::CommitResult::Status::committed;
    result.revision = ++revision;
    result.mark = batch.next;
    for (const store::Group& group : batch.groups) {
      store::GroupResult judged{true, {}};
      for (const Read& guard : group.guards) {
        Entry now = entries[guard.key];
        now.key = guard.key;
        if (now.revision == guard.revision) continue;
        judged.committed = false;
        judged.current.push_back(std::move(now));
      }
      for (const Write& write : group.writes) {
        if (!judged.committed) break;
        changes.push_back({write.key, write.value, revision});
        entries[write.key] = changes.back();
      }
      result.groups.push_back(std::move(judged));
    }
    return result;
  }
};

/// Always has something to add, and so many milliseconds to the store and back.
struct Server {
  struct News {
    std::int64_t at = 0;
    Revision revision = 0;
    std::vector<Entry> entries;
  };
  explicit Server(std::int64_t round_trip) : round_trip_ms(round_trip) {}

  const std::int64_t round_trip_ms;
  core::State state;
  Sequencer sequencer{state, store::Mark{1, 0}, false};
  std::optional<store::Batch> sent;
  std::int64_t sent_ms = 0;
  store::CommitResult result;
  std::deque<News> feed;
  std::int64_t last_ms = 0;
  std::int64_t longest_ms = 0;

  void add_one(core::Now now) { sequencer.submit(add("hot"), {nullptr, 0}, now); }
  void send(std::int64_t ms, core::Now now) {
    const Step* step = sent ? nullptr : sequencer.next_step(now);
    if (step != nullptr) sent = step->batch;
    if (step != nullptr) sent_ms = ms;
  }
  void take(std::int64_t ms, core::Now now) {
    for (; !feed.empty() && feed.front().at <= ms; feed.pop_front()) {
      sequencer.on_changes(feed.front().revision, feed.front().entries);
    }
    if (sent && ms == sent_ms + round_trip_ms) {
      sent.reset();
      sequencer.on_result(result, now);
    }
    for (const Completion& completion : sequencer.take_completions()) {
      add_one(now);
      if (completion.outcome.code != core::Code::ok) continue;
      longest_ms = std::max(longest_ms, ms - last_ms);
      last_ms = ms;
    }
  }
};

// The near one never meets a conflict: it must be told that there is somebody to leave the key to.
TEST(Fairness, AServerFurtherFromTheStoreIsAnsweredWithinASecond) {
  Judge judge;
  std::deque<Server> servers;
  for (const std::int64_t round_trip : {2, 10}) servers.emplace_back(round_trip);
  for (std::int64_t ms = 0; ms < time_ms; ++ms) {
    const core::Now now{1'000'000 + ms};
    for (Server& server : servers) {
      if (ms == 0) server.add_one(now);
      if (server.sent && ms == server.sent_ms + server.round_trip_ms / 2) {
        std::vector<Entry> changes;
        server.result = judge.judge(*server.sent, changes);
        for (Server& other : servers) {
          other.feed.push_back({ms + other.round_trip_ms / 2, judge.revision, changes});
        }
      }
      server.take(ms, now);
      server.send(ms, now);
    }
  }
  for (const Server& server : servers) {
    EXPECT_LE(std::max(server.longest_ms, time_ms - server.last_ms), gap_max_ms)
        << server.round_trip_ms << " ms from the store";
  }
}

}  // namespace
}  // namespace dcount::engine
