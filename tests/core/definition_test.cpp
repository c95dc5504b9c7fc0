#include "server/core/definition.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "tests/core/dumb_sequence.h"

namespace dcount::core {
namespace {

constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

std::vector<std::int64_t> numbers(const std::vector<NumberRun>& runs) {
  std::vector<std::int64_t> numbers;
  for (const NumberRun& run : runs) {
    for (std::int64_t i = 0; i < run.count; ++i) {
      numbers.push_back(static_cast<std::int64_t>(Wide{run.first} + Wide{run.step} * i));
    }
  }
  return numbers;
}

Definition ranging(std::int64_t start, std::int64_t increment, std::int64_t min, std::int64_t max,
                   bool cycle = false) {
  return {start, increment, min, max, cycle, SequenceMode::strict, 0};
}

TEST(Definition, EveryInconsistencyHasItsName) {
  struct Row {
    Definition definition;
    DefinitionFault fault;
    const char* name;
  };
  Definition cached = ranging(1, 1, 1, 9);
  cached.mode = SequenceMode::cached;
  Definition too_much = cached;
  too_much.cache = cache_max + 1;
  Definition without = ranging(1, 1, 1, 9);
  without.cache = 5;
  Definition circle = ranging(1, 1, 1, 9, true);
  circle.mode = SequenceMode::gapless;
  const Row rows[] = {
      {ranging(1, 0, 1, 9), DefinitionFault::increment_zero, "increment_zero"},
      {ranging(1, 1, 9, 1), DefinitionFault::min_above_max, "min_above_max"},
      {ranging(1, 1, 2, 9), DefinitionFault::start_below_min, "start_below_min"},
      {ranging(10, 1, 2, 9), DefinitionFault::start_above_max, "start_above_max"},
      {cached, DefinitionFault::cache_out_of_range, "cache_out_of_range"},
      {too_much, DefinitionFault::cache_out_of_range, "cache_out_of_range"},
      {without, DefinitionFault::cache_without_cached, "cache_without_cached"},
      {circle, DefinitionFault::gapless_cycle, "gapless_cycle"},
      {ranging(1, int64_min, 1, 9), DefinitionFault::none, "none"},
      {ranging(0, 1, int64_min, int64_max), DefinitionFault::none, "none"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(fault_of(row.definition), row.fault) << row.name;
    EXPECT_EQ(to_string(row.fault), row.name);
  }
}

TEST(Definition, ForwardAndReverseExistFromTheStart) {
  EXPECT_EQ(fixed_definition("forward"), ranging(1, 1, 1, int64_max, true));
  EXPECT_EQ(fixed_definition("reverse"), ranging(int64_max, -1, 1, int64_max, true));
  EXPECT_EQ(fixed_definition("sideways"), std::nullopt);
}

TEST(Walk, WrapsInTheMiddleOfACallAtBothEndsOfInt64) {
  const Walk up = walk(*fixed_definition("forward"), {int64_max - 1, false}, 5);
  EXPECT_EQ(numbers(up.runs), (std::vector<std::int64_t>{int64_max - 1, int64_max, 1, 2, 3}));
  EXPECT_EQ(up.wraps, 1);
  const Walk down = walk(*fixed_definition("reverse"), {2, false}, 5);
  EXPECT_EQ(numbers(down.runs),
            (std::vector<std::int64_t>{2, 1, int64_max, int64_max - 1, int64_max - 2}));
  EXPECT_EQ(down.wraps, 1);
}

TEST(Walk, TheWholeOfInt64IsARange) {
  const Definition all = ranging(int64_min, 1, int64_min, int64_max);
  EXPECT_TRUE(has_left(all, {int64_min, false}, int64_max));
  EXPECT_TRUE(has_left(all, {int64_max, false}, 1));
  EXPECT_FALSE(has_left(all, {int64_max, false}, 2));
  EXPECT_EQ(walk(all, {int64_max, false}, 1).after, (Position{int64_max, true}));
}

TEST(Walk, TheLargestStepsStayInRange) {
  const Definition up = ranging(int64_min, int64_max, int64_min, int64_max);
  EXPECT_EQ(numbers(walk(up, {int64_min, false}, 3).runs),
            (std::vector<std::int64_t>{int64_min, -1, int64_max - 1}));
  EXPECT_FALSE(has_left(up, {int64_min, false}, 4));
  const Definition down = ranging(int64_max, int64_min, int64_min, int64_max);
  EXPECT_EQ(numbers(walk(down, {int64_max, false}, 2).runs),
            (std::vector<std::int64_t>{int64_max, -1}));
  EXPECT_FALSE(has_left(down, {int64_max, false}, 3));
}

TEST(Walk, ARangeOfOneNumberWrapsWithEveryDraw) {
  const Walk walk = core::walk(ranging(7, 1, 7, 7, true), {7, false}, 4);
  EXPECT_EQ(numbers(walk.runs), (std::vector<std::int64_t>{7, 7, 7, 7}));
  EXPECT_EQ(walk.wraps, 3);
  EXPECT_TRUE(walk.after.ended) << "it wraps when the next one is drawn, not before";
}

TEST(Advance, ManyRoundsTakeNoTime) {
  const Advance advance = core::advance(ranging(7, 1, 7, 9, true), {8, false}, int64_max);
  EXPECT_EQ(advance.wraps, (int64_max - 2 + 2) / 3);
  const Definition all = ranging(int64_min, 1, int64_min, int64_max, true);
  EXPECT_EQ(core::advance(all, {int64_max, true}, 3).after, (Position{int64_min + 3, false}));
}

TEST(Advance, WrapsIntoARangeOfAllNumbers) {
  const Definition all = ranging(int64_max, 1, int64_min, int64_max, true);
  const Advance advance = core::advance(all, {int64_max, false}, 3);
  EXPECT_EQ(advance.after, (Position{int64_min + 2, false}));
  EXPECT_EQ(advance.wraps, 1);
}

TEST(Walk, RunsAreJoinedOnlyWhereTheyFollow) {
  std::vector<NumberRun> runs;
  for (const std::int64_t n : {3, 4, 5, 9, 10}) append_number(runs, n, 1);
  EXPECT_EQ(runs, (std::vector<NumberRun>{{3, 1, 3}, {9, 1, 2}}));
}

Definition any_definition() {
  const auto edge = rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-6, 7),
                                   rc::gen::inRange<std::int64_t>(int64_max - 5, int64_max),
                                   rc::gen::inRange<std::int64_t>(int64_min, int64_min + 5),
                                   rc::gen::element(int64_min, int64_max));
  const std::int64_t a = *edge;
  const std::int64_t b = *edge;
  Definition definition =
      ranging(0, *edge, std::min(a, b), std::max(a, b), *rc::gen::arbitrary<bool>());
  if (definition.increment == 0) definition.increment = 1;
  definition.start = *rc::gen::element(definition.min, definition.max);
  return definition;
}

RC_GTEST_PROP(WalkProperty, IsTheSameAsSteppingOneByOne, ()) {
  const Definition definition = any_definition();
  RC_ASSERT(fault_of(definition) == DefinitionFault::none);
  Position at{definition.start, false};
  DumbSequence dumb{definition, definition.start};
  std::int64_t wraps = 0;
  for (int call = 0; call < 6; ++call) {
    const auto count = *rc::gen::inRange<std::int64_t>(1, 12);
    DumbSequence tried = dumb;
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0; i < count; ++i) {
      if (const auto number = tried.draw()) expected.push_back(*number);
    }
    const bool enough = static_cast<std::int64_t>(expected.size()) == count;
    RC_ASSERT(has_left(definition, at, count) == enough);
    RC_ASSERT(left_up_to(definition, at, count) == static_cast<std::int64_t>(expected.size()));
    if (!enough) continue;
    const Walk walk = core::walk(definition, at, count);
    RC_ASSERT(numbers(walk.runs) == expected);
    const Advance advance = core::advance(definition, at, count);
    RC_ASSERT(advance.after == walk.after);
    RC_ASSERT(advance.wraps == walk.wraps);
    wraps += walk.wraps;
    dumb = tried;
    RC_ASSERT(wraps == dumb.wraps);
    at = walk.after;
    RC_ASSERT(at.ended == dumb.ended);
    RC_ASSERT((at.ended || Wide{at.next} == dumb.next));
  }
}

}  // namespace
}  // namespace dcount::core
