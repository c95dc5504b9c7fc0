// Groups of which the store cannot tell any more whether they applied.
#include <gtest/gtest.h>

#include "tests/engine/commands.h"
#include "tests/engine/sequencer_bench.h"

namespace dcount::engine {
namespace {

using core::Code;

struct UntoldGroup : SequencerBench {
  void submit(core::Command command) { sequencer->submit(std::move(command), {}, now); }
  std::vector<Completion> completions() { return sequencer->take_completions(); }

  /// `first`'s group is settled as untold; another's, of the same batch, as committed.
  void settle_as_untold(core::Command first) {
    begin(false);
    submit(std::move(first));
    submit(add("b"));
    sequencer->next_step(now);
    answer(CommitResult::Status::unknown);
    CommitResult result = applied(*sequencer->next_step(now));
    ASSERT_EQ(result.groups.size(), 2u);
    result.groups[0] = {.committed = false, .current = {}, .untold = true};
    sequencer->on_result(result, now);
  }
};

TEST_F(UntoldGroup, IsUnknownToItsCallersAndNeverDecidedAgain) {
  settle_as_untold(add("a"));
  const auto done = completions();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].outcome.code, Code::unknown);
  EXPECT_EQ(done[1].outcome.code, Code::ok);
  EXPECT_TRUE(sequencer->idle());
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  EXPECT_EQ(state.get("counter/c/a").revision, 0) << "what the feed will bring, if it applied";
  EXPECT_EQ(state.get("counter/c/b").revision, 1);
}

TEST_F(UntoldGroup, IsAnsweredOnceWhenItsDeadlineHasPassed) {
  begin(false);
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::unknown);
  CommitResult result = applied(*sequencer->next_step(now));
  result.groups[0] = {.committed = false, .current = {}, .untold = true};
  now.unix_ms += SequencerOptions{}.deadline_ms;
  sequencer->expire(now);
  sequencer->on_result(result, now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].outcome.code, Code::unknown);
}

TEST_F(UntoldGroup, LetsARetryUnderItsKeyFindWhatItHadDone) {
  settle_as_untold(add("a", 1, "k"));
  completions();
  submit(add("a", 1, "k"));
  const Step* again = sequencer->next_step(now);
  ASSERT_NE(again, nullptr) << "the key is free";
  EXPECT_EQ(again->batch.previous, (store::Mark{1, 1})) << "the batch is in";
  // The store has what the batch had left: the retry's guards fail, and it learns of it.
  CommitResult conflict = applied(*again);
  conflict.groups[0].committed = false;
  for (const Write& write : again->batch.groups[0].writes) {
    conflict.groups[0].current.push_back({write.key, write.value, 1});
  }
  sequencer->on_result(conflict, now);
  sequencer->on_result(applied(*sequencer->next_step(now)), now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_TRUE(done[0].outcome.replayed);
  EXPECT_EQ(counter_of(done[0].outcome).n, 1);
}

}  // namespace
}  // namespace dcount::engine
