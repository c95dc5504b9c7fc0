#include "server/engine/sequencer.h"

#include <gtest/gtest.h>

#include "tests/engine/commands.h"
#include "tests/engine/sequencer_bench.h"

namespace dcount::engine {
namespace {

using core::Code;
using store::CommitResult;

constexpr std::int64_t hour_ms = 3'600'000;

struct SequencerTest : SequencerBench {
  SequencerOptions options;
  std::uint64_t tickets = 0;

  void begin(bool exclusive) { SequencerBench::begin(exclusive, options); }

  std::uint64_t submit(core::Command command) {
    sequencer->submit(std::move(command), {nullptr, ++tickets}, now);
    return tickets;
  }

  std::vector<Completion> completions() { return sequencer->take_completions(); }
};

TEST_F(SequencerTest, WhatWaitsDuringACommitFormsTheNextBatch) {
  begin(true);
  submit(add("a"));
  const Step* first = sequencer->next_step(now);
  ASSERT_NE(first, nullptr);
  submit(add("a"));
  submit(add("b"));
  EXPECT_EQ(sequencer->next_step(now), nullptr) << "one batch at a time";
  EXPECT_TRUE(completions().empty()) << "nothing is answered before it is durable";
  sequencer->on_result(applied(*first), now);
  EXPECT_EQ(completions().size(), 1u);
  const Step* second = sequencer->next_step(now);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->commands, 2u);
  EXPECT_EQ(second->batch.previous, (store::Mark{1, 1}));
  EXPECT_EQ(second->batch.next, (store::Mark{1, 2}));
}

TEST_F(SequencerTest, ReadsOfAnExclusiveStoreNeedNoCommit) {
  begin(true);
  state.apply({"counter/c/a", "1 n=5 v=2", 1});
  submit(read("a"));
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(counter_of(done[0].outcome).n, 5);
}

TEST_F(SequencerTest, AReadBehindAnUncommittedWriteWaitsForIt) {
  begin(true);
  submit(add("a"));
  submit(read("a"));
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  EXPECT_TRUE(completions().empty());
  sequencer->on_result(applied(*step), now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(counter_of(done[1].outcome).n, 1);
}

TEST_F(SequencerTest, ReadsOfASharedStoreAreGroupsWithoutWrites) {
  begin(false);
  submit(read("a"));
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  EXPECT_TRUE(step->batch.groups[0].writes.empty());
  EXPECT_EQ(step->batch.groups[0].guards, (std::vector<Read>{{"counter/c/a", 0}}));
}

TEST_F(SequencerTest, AListWaitsUntilNothingBeforeItIsUncommitted) {
  begin(true);
  submit(add("a"));
  submit({core::ListCounters{"c", "", 10}, {}});
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->commands, 1u);
  sequencer->on_result(applied(*step), now);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  const auto done = completions();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(std::get<core::ListOutcome>(done[1].outcome.value).counters.size(), 1u);
}

TEST_F(SequencerTest, ReadingASequenceEndsABatchOnlyWhenItIsWrittenThere) {
  begin(true);
  const auto draw = [&] { submit({core::Draw{"forward", 1, {}, {}}, {}}); };
  draw();
  submit({core::ReadSequence{"reverse"}, {}});
  draw();
  submit({core::ReadSequence{"forward"}, {}});
  draw();
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->commands, 2u);
  sequencer->on_result(applied(*step), now);
  completions();
  ASSERT_NE(sequencer->next_step(now), nullptr);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(std::get<core::SequenceOutcome>(done[0].outcome.value).revision, 1);
}

TEST_F(SequencerTest, OnlyTheGroupThatMetAConflictIsDecidedAgain) {
  begin(false);
  submit(add("a"));
  const auto ticket_b = submit(add("b"));
  const Step* step = sequencer->next_step(now);
  CommitResult result = applied(*step);
  result.groups[1] = {false, {{"counter/c/b", "1 n=40 v=7", 9}}};
  sequencer->on_result(result, now);
  EXPECT_EQ(completions().size(), 1u);
  const Step* again = sequencer->next_step(now);
  ASSERT_NE(again, nullptr);
  ASSERT_EQ(again->batch.groups.size(), 1u);
  EXPECT_EQ(again->batch.groups[0].guards, (std::vector<Read>{{"counter/c/b", 9}}));
  sequencer->on_result(applied(*again), now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].ticket.id, ticket_b);
  EXPECT_EQ(counter_of(done[0].outcome).n, 41);
}

TEST_F(SequencerTest, AReadThatMetAConflictIsAnsweredFromWhatItBrought) {
  begin(false);
  submit(read("a"));
  CommitResult result = applied(*sequencer->next_step(now));
  result.groups[0] = {false, {{"counter/c/a", "1 n=40 v=7", 9}}};
  sequencer->on_result(result, now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(counter_of(done[0].outcome).n, 40);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
}

TEST_F(SequencerTest, TheWinnerOfAContendedKeyLeavesItToOthersForAMoment) {
  begin(false);
  submit(add("hot"));
  CommitResult lost = applied(*sequencer->next_step(now));
  lost.groups[0] = {false, {{"counter/c/hot", "1 n=1 v=2", 9}}};
  sequencer->on_result(lost, now);
  sequencer->on_result(applied(*sequencer->next_step(now)), now);
  submit(add("hot"));
  submit(add("cold"));
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->commands, 1u);
  EXPECT_EQ(step->batch.groups[0].guards[0].key, "counter/c/cold");
  sequencer->on_result(applied(*step), now);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  ASSERT_TRUE(sequencer->wake_ms());
  now.unix_ms = *sequencer->wake_ms();
  EXPECT_NE(sequencer->next_step(now), nullptr);
}

TEST_F(SequencerTest, AClockThatIsSetBackLeavesNoKeyToOthersForLonger) {
  begin(false);
  now.unix_ms += hour_ms;
  submit(add("hot"));
  CommitResult lost = applied(*sequencer->next_step(now));
  lost.groups[0] = {false, {{"counter/c/hot", "1 n=1 v=2", 9}}};
  sequencer->on_result(lost, now);
  sequencer->on_result(applied(*sequencer->next_step(now)), now);
  now.unix_ms -= hour_ms;
  submit(add("hot"));
  EXPECT_NE(sequencer->next_step(now), nullptr);
}

TEST_F(SequencerTest, AClockThatIsSetBackMakesNoCommandWaitBeyondItsDeadline) {
  begin(true);
  now.unix_ms += hour_ms;
  submit(add("a"));
  sequencer->next_step(now);
  submit(add("b"));
  now.unix_ms -= hour_ms;
  sequencer->expire(now);
  EXPECT_TRUE(completions().empty());
  now.unix_ms += options.deadline_ms;
  sequencer->expire(now);
  EXPECT_EQ(completions().size(), 2u);
}

TEST_F(SequencerTest, ACommandToldUnknownIsNotRunAgainWhenTheClockIsSetBack) {
  begin(true);
  now.unix_ms += hour_ms;
  submit(add("a"));
  sequencer->next_step(now);
  now.unix_ms += options.deadline_ms;
  sequencer->expire(now);
  EXPECT_EQ(completions().size(), 1u);
  now.unix_ms -= hour_ms;
  answer(CommitResult::Status::not_applied);
  now.unix_ms += options.retry_ms;
  EXPECT_EQ(sequencer->next_step(now), nullptr);
}

TEST_F(SequencerTest, AClockThatIsSetBackProlongsNoPause) {
  begin(true);
  now.unix_ms += hour_ms;
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::not_applied);
  now.unix_ms -= hour_ms;
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  now.unix_ms += options.retry_ms;
  EXPECT_NE(sequencer->next_step(now), nullptr);
}

TEST_F(SequencerTest, AnUnknownBatchIsSettledBeforeAnythingElse) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::unknown);
  submit(add("b"));
  const Step* settle = sequencer->next_step(now);
  ASSERT_NE(settle, nullptr);
  ASSERT_TRUE(settle->fence);
  EXPECT_EQ(*settle->fence, (store::Mark{1, 2}));
  EXPECT_EQ(settle->batch.next, (store::Mark{1, 1})) << "the lost batch";
  EXPECT_TRUE(completions().empty());
}

TEST_F(SequencerTest, ASettledBatchThatHadAppliedIsAnsweredWithItsFirstDecision) {
  begin(true);
  submit(add("a"));
  CommitResult result = applied(*sequencer->next_step(now));
  answer(CommitResult::Status::unknown);
  sequencer->next_step(now);
  sequencer->on_result(result, now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(counter_of(done[0].outcome).n, 1);
  EXPECT_EQ(state.get("counter/c/a").revision, 1);
}

TEST_F(SequencerTest, ASettledBatchThatCannotApplyIsDecidedAgain) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::unknown);
  sequencer->next_step(now);
  CommitResult fenced_off;
  fenced_off.status = CommitResult::Status::not_applied;
  fenced_off.mark = {1, 2};
  sequencer->on_result(fenced_off, now);
  const Step* again = sequencer->next_step(now);
  ASSERT_NE(again, nullptr);
  EXPECT_FALSE(again->fence);
  EXPECT_EQ(again->batch.previous, (store::Mark{1, 2}));
  EXPECT_EQ(again->batch.next, (store::Mark{1, 3}));
}

TEST_F(SequencerTest, AnUnansweredFenceIsFollowedByAnotherWithANumberOfItsOwn) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::unknown);
  sequencer->next_step(now);
  answer(CommitResult::Status::unknown);
  EXPECT_EQ(sequencer->next_step(now), nullptr) << "not without a pause";
  now.unix_ms += options.retry_ms;
  const Step* second = sequencer->next_step(now);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second->fence, (store::Mark{1, 3}));
}

TEST_F(SequencerTest, ACommandInNoBatchIsUnavailableAtItsDeadline) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  now.unix_ms += 10;
  const auto waiting = submit(add("b"));
  now.unix_ms += options.deadline_ms;
  sequencer->expire(now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].ticket.id, waiting);
  EXPECT_EQ(done[0].outcome.code, Code::unavailable);
  EXPECT_EQ(done[1].outcome.code, Code::unknown) << "its batch is unresolved";
}

TEST_F(SequencerTest, ACommandPastItsDeadlineNeverRuns) {
  begin(true);
  submit(add("a"));
  now.unix_ms += options.deadline_ms;
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  EXPECT_EQ(completions()[0].outcome.code, Code::unavailable);
}

TEST_F(SequencerTest, ACommandToldUnknownIsNotRunAgain) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  now.unix_ms += options.deadline_ms;
  sequencer->expire(now);
  EXPECT_EQ(completions().size(), 1u);
  EXPECT_TRUE(sequencer->idle());
  answer(CommitResult::Status::not_applied);
  now.unix_ms += options.retry_ms;
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  EXPECT_TRUE(completions().empty());
}

TEST_F(SequencerTest, ABatchThatWasNotAppliedIsTriedAgainAfterAPause) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::not_applied);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  EXPECT_EQ(sequencer->wake_ms(), now.unix_ms + options.retry_ms);
  now.unix_ms += options.retry_ms;
  EXPECT_NE(sequencer->next_step(now), nullptr);
}

TEST_F(SequencerTest, AKeyIsInFlightUntilItsCommandIsAnswered) {
  begin(true);
  submit(add("a", 1, "k"));
  const auto second = submit(add("a", 1, "k"));
  auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].ticket.id, second);
  EXPECT_EQ(done[0].outcome.code, Code::in_flight);
  sequencer->on_result(applied(*sequencer->next_step(now)), now);
  completions();
  submit(add("a", 1, "k"));
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_TRUE(done[0].outcome.replayed);
}

TEST_F(SequencerTest, AKeyStaysInFlightWhileItsBatchIsUnresolved) {
  begin(true);
  submit(add("a", 1, "k"));
  sequencer->next_step(now);
  answer(CommitResult::Status::unknown);
  now.unix_ms += options.deadline_ms;
  sequencer->expire(now);
  completions();
  submit(add("a", 1, "k"));
  EXPECT_EQ(completions()[0].outcome.code, Code::in_flight);
}

TEST_F(SequencerTest, AFullQueueAnswersUnavailableAtOnce) {
  options.queued_commands_max = 2;
  begin(true);
  for (int i = 0; i < 3; ++i) submit(add("a"));
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].outcome.code, Code::unavailable);
}

TEST_F(SequencerTest, ABatchIsBounded) {
  options.batch_commands_max = 2;
  begin(true);
  for (int i = 0; i < 3; ++i) submit(add("a"));
  EXPECT_EQ(sequencer->next_step(now)->commands, 2u);
}

TEST_F(SequencerTest, AFailedStoreLeavesItsBatchUnknownAndTheRestNotApplied) {
  begin(true);
  const auto under_way = submit(add("a"));
  sequencer->next_step(now);
  submit(add("b"));
  answer(CommitResult::Status::failed);
  submit(add("c"));
  const auto done = completions();
  ASSERT_EQ(done.size(), 3u);
  for (const auto& completion : done) {
    EXPECT_EQ(completion.outcome.code,
              completion.ticket.id == under_way ? Code::unknown : Code::unavailable);
  }
  EXPECT_EQ(sequencer->status(), Sequencer::Status::failed);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
}

TEST_F(SequencerTest, ALostBatchMayHaveAppliedBeforeItsProcessWasFenced) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::unknown);
  ASSERT_NE(sequencer->next_step(now), nullptr);
  answer(CommitResult::Status::fenced);
  EXPECT_EQ(completions()[0].outcome.code, Code::unknown);
}

TEST_F(SequencerTest, AFencedProcessHasAppliedNothing) {
  begin(true);
  submit(add("a"));
  sequencer->next_step(now);
  answer(CommitResult::Status::fenced);
  EXPECT_EQ(completions()[0].outcome.code, Code::unavailable);
  EXPECT_EQ(sequencer->status(), Sequencer::Status::fenced);
}

}  // namespace
}  // namespace dcount::engine
