// What a store cannot take: batches that are too large, and any write while it is full.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/engine/commands.h"
#include "tests/engine/sequencer_bench.h"

namespace dcount::engine {
namespace {

using core::Code;
using Status = store::CommitResult::Status;

struct Limits : SequencerBench {
  std::vector<Completion> completions() { return sequencer->take_completions(); }
};

constexpr std::size_t spare = 8;  // what the sequencer keeps for itself

store::Limits operations(std::size_t most) { return {.operations_max = most}; }

RC_GTEST_PROP(FormingBatch, WhatFitsIsWithinTheStoresLimits, ()) {
  const auto limit = *rc::gen::inRange<std::size_t>(3, 20);
  const core::State state;
  FormingBatch forming(state, Grouping::by_shared_keys, operations(limit));
  const auto keys_of_one =
      rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30)));
  for (const auto& drawn : *rc::gen::container<std::vector<std::vector<int>>>(keys_of_one)) {
    const std::set<int> keys(drawn.begin(), drawn.end());
    core::Decision decision;
    for (const int key : keys) decision.reads.push_back({std::to_string(key), 0});
    if (keys.size() % 3 == 0) decision.range_reads.push_back({"a", "b", 0});
    if (forming.fits(decision)) forming.add(std::move(decision));
  }
  const auto formed = forming.take();
  std::size_t largest = 0;
  for (const store::Group& group : formed.groups) {
    largest = std::max(largest, group.guards.size() + group.range_guards.size());
  }
  RC_ASSERT(1 + formed.groups.size() + largest <= limit || formed.groups.empty());
}

TEST(FormingBatchLimits, ABatchTakesAllThatFits) {
  const core::State state;
  FormingBatch forming(state, Grouping::by_shared_keys, operations(10));
  int taken = 0;
  for (core::Decision decision; taken < 100; ++taken) {
    decision.reads = {{std::to_string(taken), 0}};
    if (!forming.fits(decision)) break;
    forming.add(core::Decision(decision));
  }
  EXPECT_EQ(taken, 8);  // the mark, eight groups, and the one operation in each
}

TEST_F(Limits, ACommandThatFitsNoBatchIsRefused) {
  begin(false, {.limits = operations(3 + spare)});
  sequencer->submit(transfer("a", "b", 0), {nullptr, 1}, now);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].outcome.code, Code::too_large);
}

TEST_F(Limits, ACommandThatIsTooLongForAnyBatchIsRefused) {
  begin(false, {.limits = {.bytes_max = 500}});
  core::AddItems items;
  items.tenants = {{"t", {std::string(200, 'x'), std::string(201, 'x'), std::string(202, 'x')}}};
  sequencer->submit({items, {}}, {nullptr, 1}, now);
  EXPECT_EQ(sequencer->next_step(now), nullptr);
  const auto done = completions();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].outcome.code, Code::too_large);
}

TEST_F(Limits, WhatDoesNotFitThisBatchGoesIntoTheNext) {
  begin(false, {.limits = operations(4 + spare)});
  for (std::uint64_t i = 0; i < 5; ++i) {
    sequencer->submit(add(std::to_string(i)), {nullptr, i}, now);
  }
  std::vector<std::size_t> batches;
  while (const Step* step = sequencer->next_step(now)) {
    batches.push_back(step->commands);
    sequencer->on_result(applied(*step), now);
  }
  EXPECT_EQ(batches, (std::vector<std::size_t>{2, 2, 1}));
  EXPECT_EQ(completions().size(), 5u);
}

TEST_F(Limits, WritesToAFullStoreAreRefusedAndReadsGoOn) {
  begin(false);
  sequencer->submit(add("a"), {nullptr, 1}, now);
  sequencer->submit(read("b"), {nullptr, 2}, now);
  ASSERT_NE(sequencer->next_step(now), nullptr);
  answer(Status::full);
  const auto refused = completions();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].ticket.id, 1u);
  EXPECT_EQ(refused[0].outcome.code, Code::out_of_space);

  sequencer->submit(add("c"), {nullptr, 3}, now);
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->commands, 1u);
  sequencer->on_result(applied(*step), now);
  const auto done = completions();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].ticket.id, 3u);  // refused without being tried
  EXPECT_EQ(done[0].outcome.code, Code::out_of_space);
  EXPECT_EQ(done[1].ticket.id, 2u);
  EXPECT_EQ(done[1].outcome.code, Code::not_found);
}

TEST_F(Limits, AWriteIsTriedAgainAfterAWhile) {
  begin(false, {.full_ms = 1000});
  sequencer->submit(add("a"), {nullptr, 1}, now);
  ASSERT_NE(sequencer->next_step(now), nullptr);
  answer(Status::full);
  now.unix_ms += 1000;
  sequencer->submit(add("a"), {nullptr, 2}, now);
  const Step* step = sequencer->next_step(now);
  ASSERT_NE(step, nullptr);
  sequencer->on_result(applied(*step), now);
  EXPECT_EQ(completions().back().outcome.code, Code::ok);
}

}  // namespace
}  // namespace dcount::engine
