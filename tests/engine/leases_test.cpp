// Blocks of cached sequences as a server holds them: handed out without a commit, given back at a
// clean stop, worth nothing when the batch that leased them is not in.
#include <gtest/gtest.h>

#include "tests/engine/sequencer_bench.h"

namespace dcount::engine {
namespace {

struct Leases : SequencerBench {
  int keys = 0;

  void begin(bool exclusive) {
    SequencerBench::begin(exclusive);
    core::Definition definition;
    definition.mode = core::SequenceMode::cached;
    definition.cache = 10;
    submit({core::DefineSequence{"c", definition, {}}, {}});
    commit();
  }

  void submit(core::Command command) { sequencer->submit(std::move(command), {}, now); }
  void draw(std::int64_t count) { submit({core::Draw{"c", count, {}, {}}, {}}); }

  void commit() {
    const Step* step = sequencer->next_step(now);
    ASSERT_NE(step, nullptr);
    sequencer->on_result(applied(*step), now);
    sequencer->take_completions();
  }

  void keyed_draw(std::int64_t count) {
    submit({core::Draw{"c", count, {}, {}},
            core::Idempotency{"key" + std::to_string(++keys), "f", 1000}});
  }

  void refuse() {
    const Step* refused = sequencer->next_step(now);
    ASSERT_NE(refused, nullptr);
    sequencer->take_completions();
    answer(CommitResult::Status::not_applied, refused->batch.previous);
    now.unix_ms += 1000;
  }

  void commit_and_expect_drawn(const std::vector<std::int64_t>& numbers) {
    if (const Step* step = sequencer->next_step(now)) sequencer->on_result(applied(*step), now);
    EXPECT_EQ(drawn(), numbers);
  }

  /// The first number of every draw that is answered now.
  std::vector<std::int64_t> drawn() {
    std::vector<std::int64_t> first;
    for (const Completion& completion : sequencer->take_completions()) {
      first.push_back(std::get<core::NumbersOutcome>(completion.outcome.value).runs.front().first);
    }
    return first;
  }
};

TEST_F(Leases, WhatIsLeasedIsHandedOutWithoutACommit) {
  begin(true);
  draw(1);
  commit();
  for (int i = 0; i < 9; ++i) draw(1);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  EXPECT_EQ(drawn(), (std::vector<std::int64_t>{2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(Leases, CallersOfOneBatchShareABlock) {
  begin(true);
  for (int i = 0; i < 4; ++i) draw(2);
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  EXPECT_TRUE(drawn().empty()) << "the block is not durable yet";
  sequencer->on_result(applied(*step), now);
  EXPECT_EQ(drawn(), (std::vector<std::int64_t>{1, 3, 5, 7}));
}

TEST_F(Leases, ACleanStopGivesTheRestBack) {
  begin(true);
  draw(4);
  commit();
  EXPECT_TRUE(sequencer->return_leases({}, now));
  commit();
  EXPECT_FALSE(sequencer->return_leases({}, now));
  draw(1);
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr) << "it has to be leased again";
  sequencer->on_result(applied(*step), now);
  EXPECT_EQ(drawn(), (std::vector<std::int64_t>{5})) << "no gap";
}

TEST_F(Leases, WhatABatchLeasedThatWasNotAppliedIsLeasedAgain) {
  begin(true);
  draw(1);
  const Step* refused = sequencer->next_step(now);
  ASSERT_NE(refused, nullptr);
  CommitResult result;
  result.status = CommitResult::Status::not_applied;
  result.mark = refused->batch.previous;
  sequencer->on_result(result, now);
  now.unix_ms += 1000;
  const Step* again = sequencer->next_step(now);
  ASSERT_NE(again, nullptr) << "the block is nobody's: it is leased durably first";
  sequencer->on_result(applied(*again), now);
  EXPECT_EQ(drawn(), (std::vector<std::int64_t>{1}));
}

TEST_F(Leases, WhatIsLeftBeforeABatchThatIsNotInIsLeftAfterIt) {
  begin(true);
  draw(4);
  commit();
  keyed_draw(3);
  refuse();
  commit_and_expect_drawn({5});
  draw(1);
  commit_and_expect_drawn({8});
}

TEST_F(Leases, WhatWasHandedOutBesideABatchThatIsNotInIsNotHandedOutAgain) {
  begin(true);
  draw(2);
  commit();
  keyed_draw(1);  // 3, if its answer gets stored
  draw(1);        // 4, at once
  keyed_draw(1);  // 5, if …
  refuse();
  commit_and_expect_drawn({5, 6});
  draw(1);
  commit_and_expect_drawn({7});
}

TEST_F(Leases, NothingIsGivenBackWhileABatchIsUnresolved) {
  begin(true);
  draw(1);
  ASSERT_NE(sequencer->next_step(now), nullptr);
  answer(CommitResult::Status::unknown);
  EXPECT_FALSE(sequencer->return_leases({}, now));
}

TEST_F(Leases, WhatAnUntoldGroupMayHaveTakenIsNotHandedOut) {
  begin(false);
  sequencer->on_changes(revision, {});
  draw(1);
  commit();
  keyed_draw(2);
  const Step* lost = sequencer->next_step(now);
  ASSERT_NE(lost, nullptr);
  answer(CommitResult::Status::unknown);
  CommitResult result = applied(*sequencer->next_step(now));
  result.groups[0] = {.committed = false, .current = {}, .untold = true};
  sequencer->on_result(result, now);
  EXPECT_EQ(sequencer->take_completions().at(0).outcome.code, core::Code::unknown);
  EXPECT_FALSE(sequencer->return_leases({}, now)) << "nothing is left to give back";
  draw(1);
  commit_and_expect_drawn({11});
}

TEST_F(Leases, ARestoreEndsThem) {
  begin(true);
  draw(1);
  commit();
  core::Restore step{.stage = core::Restore::Stage::begin, .records = {}};
  step.force = true;
  submit({step, {}});
  commit();
  step.stage = core::Restore::Stage::end;
  submit({step, {}});
  commit();
  draw(1);
  EXPECT_NE(sequencer->next_step(now), nullptr);
}

TEST_F(Leases, AConflictOnTheHeadMeansAnotherBlock) {
  begin(false);
  sequencer->on_changes(1, {});
  draw(1);
  CommitResult lost = applied(*sequencer->next_step(now));
  lost.groups[0] = {false,
                    {{"sequence/c", "1 next=11 v=2 d=10 mode=cached cache=10 born=1000000", 2}}};
  sequencer->on_result(lost, now);
  sequencer->on_result(applied(*sequencer->next_step(now)), now);
  EXPECT_EQ(drawn(), (std::vector<std::int64_t>{11}));
}

}  // namespace
}  // namespace dcount::engine
