// Counters in chaos (chaos.h), judged by what clients saw.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "server/core/counter.h"
#include "tests/engine/chaos.h"
#include "tests/engine/commands.h"

namespace dcount::engine {
namespace {

using core::Code;

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

core::Command invent(Chaos& chaos) {
  static const char* const ids[] = {"a", "b", "hot", "hot"};
  const std::string id = ids[chaos.draw(4)];
  switch (chaos.draw(5)) {
    case 0:
      return read(id);
    case 1:
      return add("exact", 1, "key" + std::to_string(chaos.operations.size()));
    case 2:
      return transfer("x", "y", 1 + chaos.draw(5));
    default:
      return add(id);
  }
}

std::int64_t value(Chaos& chaos, const std::string& id) {
  std::int64_t n = 0;
  chaos.load([&](const Entry& entry) {
    if (entry.key == "counter/c/" + id) n = core::decode_counter(*entry.value).n;
  });
  return n;
}

void run_seed(std::uint64_t seed) {
  Chaos chaos(seed, invent);
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
    ASSERT_GE(value(chaos, id), bound.first) << id << ": an acknowledged increment is lost";
    ASSERT_LE(value(chaos, id), bound.second) << id << ": something was counted twice";
  }
  ASSERT_EQ(value(chaos, "exact"), bounds["exact"].second) << "retried with a key until answered";
  ASSERT_EQ(value(chaos, "x") + value(chaos, "y"), 0) << "a batch applied in part";
}

TEST(Chaos, NothingIsLostNothingCountsTwiceAndOrderHoldsWhateverTheStoreDoes) {
  for_each_seed(60, run_seed);
}

}  // namespace
}  // namespace dcount::engine
