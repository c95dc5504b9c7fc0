// What a sequencer knows of a store that others write to as well.
#include <gtest/gtest.h>

#include "tests/engine/commands.h"
#include "tests/engine/sequencer_bench.h"

namespace dcount::engine {
namespace {

using core::Code;

struct SharedStore : SequencerBench {
  std::vector<Completion> completions() { return sequencer->take_completions(); }
};

TEST_F(SharedStore, AStaleReadIsAnsweredAtOnceFromWhatIsKnown) {
  begin(false);
  sequencer->submit(add("a"), {nullptr, 1}, now);
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  core::Command stale = read("a");
  stale.stale = true;
  sequencer->submit(stale, {nullptr, 2}, now);
  const auto before = completions();
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].outcome.code, Code::not_found);  // the batch is under way
  sequencer->on_result(applied(*step), now);
  completions();
  sequencer->submit(stale, {nullptr, 3}, now);
  const auto after = completions();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(counter_of(after[0].outcome).n, 1);
}

/// A conflict over a tenant's head, which makes sense only with the items behind it.
TEST_F(SharedStore, AConflictOverPartOfAWholeWaitsForTheFeed) {
  begin(false, {.feed_ms = 250});
  core::AddItems items;
  items.tenants = {{"t", {"mine"}}};
  sequencer->submit({items, {}}, {nullptr, 1}, now);
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  const std::string head = step->batch.groups.at(0).guards.at(0).key;
  store::CommitResult lost = applied(*step);
  revision = lost.revision = 5;
  lost.groups[0] = {false, {{head, "1 n=1 v=1 chunks=1", 4}}};
  sequencer->on_result(lost, now);
  EXPECT_EQ(sequencer->next_step(now), nullptr);

  const std::vector<Entry> brought{{head, step->batch.groups[0].writes.front().value, 4}};
  sequencer->on_changes(4, brought);
  EXPECT_NE(sequencer->next_step(now), nullptr);
}

}  // namespace
}  // namespace dcount::engine
