// The rules for counters, one fact a test: http-api.md's table, said in commands.
#include "server/core/counter_rules.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/core/bench.h"

namespace dcount::core {
namespace {

constexpr auto highest = std::numeric_limits<std::int64_t>::max();

struct CounterRules : testing::Test, Bench {
  Precondition version_is(std::int64_t version) { return {version, false, false}; }
};

TEST_F(CounterRules, CreationIsVersionOne) {
  const auto created = counter(create_at(5));
  EXPECT_EQ(created.code, Code::created);
  EXPECT_EQ(created.n, 5);
  EXPECT_EQ(created.version, 1);
  EXPECT_EQ(created.id, "home");
}

TEST_F(CounterRules, CreatingAnExistingCounterAnswersTheValueItHas) {
  counter(create_at(5));
  const auto again = counter(create_at(9));
  EXPECT_EQ(again.code, Code::ok);
  EXPECT_EQ(again.n, 5);
  EXPECT_EQ(again.version, 1);
}

TEST_F(CounterRules, AddAnswersValueAppliedAndVersion) {
  counter(create_at(7));
  const auto added = counter(add_n(-3));
  EXPECT_EQ(added.code, Code::ok);
  EXPECT_EQ(added.n, 4);
  EXPECT_EQ(added.applied, -3);
  EXPECT_EQ(added.version, 2);
}

TEST_F(CounterRules, AddToNothingIsNotFound) {
  EXPECT_EQ(counter(add_n(1)).code, Code::not_found);
  EXPECT_EQ(counter(ReadCounter{home}).code, Code::not_found);
  EXPECT_EQ(counter(Reset{home, {}}).code, Code::not_found);
}

TEST_F(CounterRules, AddWithCreateCreatesAtZeroFirst) {
  Add add = add_n(3);
  add.create = true;
  const auto added = counter(add);
  EXPECT_EQ(added.n, 3);
  EXPECT_EQ(added.version, 2) << "the creation and the addition";
}

TEST_F(CounterRules, OverflowChangesNothing) {
  counter(create_at(highest));
  const auto refused = counter(add_n(1));
  EXPECT_EQ(refused.code, Code::overflow);
  EXPECT_EQ(refused.n, highest);
  EXPECT_EQ(counter(ReadCounter{home}).version, 1);
}

TEST_F(CounterRules, ARejectedBoundSaysWhereItStands) {
  CreateCounter create = create_at(9);
  create.bounds = {0, 10};
  counter(create);
  const auto refused = counter(add_n(2));
  EXPECT_EQ(refused.code, Code::bound_exceeded);
  EXPECT_EQ(refused.n, 9);
  EXPECT_EQ(refused.applied, 0);
  EXPECT_EQ(refused.bounds, (Bounds{0, 10}));
  EXPECT_EQ(counter(ReadCounter{home}).version, 1);
}

TEST_F(CounterRules, TheCallsOnLimitBeatsTheCounters) {
  CreateCounter create = create_at(9);
  create.bounds = {0, 10};
  create.on_limit = OnLimit::saturate;
  counter(create);
  const auto clamped = counter(add_n(5));
  EXPECT_EQ(clamped.n, 10);
  EXPECT_EQ(clamped.applied, 1);
  Add strict = add_n(5);
  strict.on_limit = OnLimit::reject;
  EXPECT_EQ(counter(strict).code, Code::bound_exceeded);
}

TEST_F(CounterRules, BoundsOfACallCannotLoosenTheCounters) {
  CreateCounter create = create_at(9);
  create.bounds = {0, 10};
  counter(create);
  Add add = add_n(5);
  add.bounds = {std::nullopt, 100};
  EXPECT_EQ(counter(add).bounds, (Bounds{0, 10}));
}

TEST_F(CounterRules, ACreatedCounterThatCannotTakeTheStepIsNotCreated) {
  Add add = add_n(5);
  add.create = true;
  add.bounds = {std::nullopt, 3};
  EXPECT_EQ(counter(add).code, Code::bound_exceeded);
  EXPECT_EQ(counter(ReadCounter{home}).code, Code::not_found);
}

TEST_F(CounterRules, ResetIsAChangeToZero) {
  counter(create_at(5));
  const auto reset = counter(Reset{home, {}});
  EXPECT_EQ(reset.n, 0);
  EXPECT_EQ(reset.version, 2);
}

TEST_F(CounterRules, ResetDoesNotLeaveTheBounds) {
  CreateCounter create = create_at(5);
  create.bounds = {1, 10};
  counter(create);
  EXPECT_EQ(counter(Reset{home, {}}).code, Code::bound_exceeded);
  EXPECT_EQ(counter(ReadCounter{home}).n, 5);
}

TEST_F(CounterRules, DeletingNothingIsNoError) {
  const auto nothing = counter(Delete{home, {}});
  EXPECT_EQ(nothing.code, Code::ok);
  EXPECT_FALSE(nothing.deleted);
  EXPECT_EQ(nothing.version, 0);
}

TEST_F(CounterRules, TheVersionGoesOnAcrossDeleteAndReCreate) {
  counter(create_at(5));
  const auto deleted = counter(Delete{home, {}});
  EXPECT_TRUE(deleted.deleted);
  EXPECT_EQ(deleted.version, 2);
  EXPECT_EQ(counter(ReadCounter{home}).code, Code::not_found);
  EXPECT_EQ(counter(create_at(0)).version, 3);
}

TEST_F(CounterRules, AnotherVersionIsAFailedPrecondition) {
  counter(create_at(5));
  Add add = add_n(1);
  add.precondition = version_is(2);
  EXPECT_EQ(counter(add).code, Code::precondition_failed);
  add.precondition = version_is(1);
  EXPECT_EQ(counter(add).version, 2);
  EXPECT_EQ(counter(Reset{home, version_is(1)}).code, Code::precondition_failed);
  EXPECT_EQ(counter(Delete{home, version_is(1)}).code, Code::precondition_failed);
  EXPECT_TRUE(counter(Delete{home, version_is(2)}).deleted);
}

TEST_F(CounterRules, ACounterThatDoesNotExistHasVersionZero) {
  Add add = add_n(1);
  add.create = true;
  add.precondition = version_is(0);
  EXPECT_EQ(counter(add).code, Code::ok);
  EXPECT_EQ(counter(add).code, Code::precondition_failed);
}

TEST_F(CounterRules, CreateOnlyIfNoneExists) {
  CreateCounter create = create_at(5);
  create.precondition.must_not_exist = true;
  EXPECT_EQ(counter(create).code, Code::created);
  EXPECT_EQ(counter(create).code, Code::precondition_failed);
  Add add = add_n(1);
  add.precondition.must_exist = true;
  EXPECT_EQ(counter(add).code, Code::ok);
}

TEST_F(CounterRules, AnExpiredCounterIsDeletedByAWriteOfItsOwn) {
  CreateCounter create = create_at(5);
  create.ttl_s = 10;
  counter(create);
  pass(9'999);
  EXPECT_EQ(counter(ReadCounter{home}).code, Code::ok);
  pass(1);
  const Decision read = run({ReadCounter{home}, {}});
  EXPECT_EQ(read.outcome.code, Code::not_found);
  ASSERT_EQ(read.writes.size(), 1u);
  const Counter tombstone = decode_counter(*read.writes[0].value);
  EXPECT_TRUE(tombstone.deleted);
  EXPECT_EQ(tombstone.version, 2);
  EXPECT_EQ(counter(create_at(0)).version, 3);
}

TEST_F(CounterRules, TtlModes) {
  CreateCounter create = create_at(0);
  create.ttl_s = 10;
  counter(create);
  const auto expires_after = [&](TtlMode mode) {
    Add add = add_n(1);
    add.ttl_s = 100;
    add.ttl_mode = mode;
    counter(add);
    return decode_counter(*state.get("counter/views/home").value).expires_ms - now.unix_ms;
  };
  EXPECT_EQ(expires_after(TtlMode::keep), 10'000);
  EXPECT_EQ(expires_after(TtlMode::if_none), 10'000);
  EXPECT_EQ(expires_after(TtlMode::set), 100'000);
}

TEST_F(CounterRules, IfNoneGivesAnImmortalCounterAnEnd) {
  counter(create_at(0));
  Add add = add_n(1);
  add.ttl_s = 100;
  add.ttl_mode = TtlMode::keep;
  counter(add);
  EXPECT_EQ(decode_counter(*state.get("counter/views/home").value).expires_ms, 0);
  add.ttl_mode = TtlMode::if_none;
  counter(add);
  EXPECT_EQ(decode_counter(*state.get("counter/views/home").value).expires_ms,
            now.unix_ms + 100'000);
}

TEST_F(CounterRules, AnEndlessTtlDoesNotWrapAround) {
  CreateCounter create = create_at(0);
  create.ttl_s = highest;
  counter(create);
  EXPECT_EQ(counter(ReadCounter{home}).code, Code::ok);
}

TEST_F(CounterRules, EveryKeyLookedAtIsInTheReadsForRefusalsToo) {
  const Decision refused = run({add_n(1), {}});
  EXPECT_EQ(refused.reads, (std::vector<Read>{{"counter/views/home", 0}}));
  counter(create_at(1));
  const Decision added = run({add_n(1), {}});
  EXPECT_EQ(added.reads, (std::vector<Read>{{"counter/views/home", 1}}));
}

// ---- batches

TEST_F(CounterRules, ABatchSeesItsOwnWritesAndAnswersEachOp) {
  CounterBatch batch;
  batch.ops = {create_at(1), add_n(2), add_n(3), Reset{home, {}}};
  const Decision decision = run({batch, {}});
  const auto& results = std::get<BatchOutcome>(decision.outcome.value).results;
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[2].n, 6);
  EXPECT_EQ(results[3].version, 4);
  EXPECT_EQ(decision.writes.size(), 1u) << "folded into one write";
}

TEST_F(CounterRules, ARefusedOpUndoesTheWholeBatchAndNamesItself) {
  CounterBatch batch;
  Add missing = add_n(1);
  missing.counter.id = "missing";
  batch.ops = {create_at(1), missing};
  const Decision decision = run({batch, {}});
  EXPECT_EQ(decision.outcome.code, Code::not_found);
  EXPECT_EQ(std::get<BatchOutcome>(decision.outcome.value).refused_index, 1u);
  EXPECT_TRUE(decision.writes.empty());
  EXPECT_EQ(decision.reads.size(), 2u);
}

TEST_F(CounterRules, ARefusedBatchStillDeletesWhatHadExpired) {
  CreateCounter create = create_at(5);
  create.ttl_s = 1;
  counter(create);
  pass(1000);
  Add revive = add_n(1);
  revive.create = true;
  Add missing = add_n(1);
  missing.counter.id = "missing";
  CounterBatch batch;
  batch.ops = {revive, missing};
  const Decision decision = run({batch, {}});
  ASSERT_EQ(decision.writes.size(), 1u);
  EXPECT_TRUE(decode_counter(*decision.writes[0].value).deleted);
}

TEST_F(CounterRules, ABatchOfAThousandCountersIsDecidedInOnePiece) {
  CounterBatch batch;
  for (int i = 0; i < 1000; ++i) {
    Add add = add_n(i);
    add.create = true;
    add.counter.id = "c" + std::to_string(i % 500);
    batch.ops.push_back(add);
  }
  const Decision decision = run({batch, {}});
  EXPECT_EQ(decision.outcome.code, Code::ok);
  EXPECT_EQ(decision.reads.size(), 500u);
  EXPECT_EQ(decision.writes.size(), 500u);
  EXPECT_EQ(std::get<BatchOutcome>(decision.outcome.value).results[999].n, 499 + 999);
}

}  // namespace
}  // namespace dcount::core
