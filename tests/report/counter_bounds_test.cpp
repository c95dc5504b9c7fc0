#include "sim/report/counter_bounds.h"

#include <gtest/gtest.h>

#include "tests/report/made_run.h"
#include "tests/report/small_history.h"
#include "tests/store/temporary_directory.h"

namespace dcount::report {
namespace {

CounterBounds bounds_of(const SmallHistory& small) {
  auto bounds = report::bounds_of(small.history, {}, small.times, small.axis);
  return bounds.counters.at(0);
}

TEST(CounterBoundsTest, AnAcknowledgedIncrementIsInEverythingReadAfterIt) {
  const auto right = bounds_of(small_history({added(0, 1, 5, 5), was_read(2, 3, 5)}));
  EXPECT_TRUE(right.outliers.empty());
  EXPECT_EQ(right.least, (std::vector<double>{0, 5, 5, 5}));
  EXPECT_EQ(right.most, (std::vector<double>{5, 5, 5, 5}));
  const auto lost = bounds_of(small_history({added(0, 1, 5, 5), was_read(2, 3, 0, 9)}));
  ASSERT_EQ(lost.outliers.size(), 1);
  EXPECT_EQ(lost.outliers[0].operation, 2);
  EXPECT_EQ(lost.outliers[0].process, 9);
  EXPECT_EQ(lost.outliers[0].least, 5);
  EXPECT_EQ(lost.outliers[0].value, 0);
  EXPECT_EQ(lost.seen.back().above_min, -5);
  EXPECT_EQ(lost.seen.back().outside, 1);
}

TEST(CounterBoundsTest, AnUnknownIncrementMayBeInItOrNot) {
  for (const std::int64_t value : {1, 4}) {
    EXPECT_TRUE(
        bounds_of(small_history({added(0, 1, 1, 1), unknown_add(2, 3), was_read(3, 4, value)}))
            .outliers.empty());
  }
  const auto bounds =
      bounds_of(small_history({added(0, 1, 1, 1), unknown_add(2, 3), was_read(3, 4, 5)}));
  EXPECT_EQ(bounds.outliers.size(), 1);
  EXPECT_EQ(bounds.least.back(), 1);
  EXPECT_EQ(bounds.most.back(), 4);
  EXPECT_EQ(bounds.unknown, 1);
}

TEST(CounterBoundsTest, DecrementsLowerTheLeastWhenInvokedAndTheMostWhenAcknowledged) {
  EXPECT_TRUE(bounds_of(small_history({added(0, 1, 5, 5), unknown_add(2, -3), was_read(3, 4, 2)}))
                  .outliers.empty());
  const auto bounds = bounds_of(
      small_history({added(0, 1, 5, 5), added(2, 3, -3, 2), was_read(4, 5, 2), was_read(6, 7, 5)}));
  ASSERT_EQ(bounds.outliers.size(), 1);
  EXPECT_EQ(bounds.outliers[0].operation, 6);
}

TEST(CounterBoundsTest, ASlowReadMaySeeWhatWasTrueWhenItBegan) {
  EXPECT_TRUE(bounds_of(small_history({was_read(0, 5, 0), added(1, 2, 1, 1), added(3, 4, 1, 2)}))
                  .outliers.empty());
}

TEST(CounterBoundsTest, AnIncrementThatDoesNotReturnWhatItAddedIsOutside) {
  EXPECT_EQ(bounds_of(small_history({added(0, 1, 5, 3)})).outliers.size(), 1);
}

TEST(CounterBoundsTest, AFailedIncrementCountsNeverAndARefusalIsARead) {
  auto refused = added(2, 3, 7, 5);
  refused.outcome = check::Outcome::fail;
  refused.refused = true;
  EXPECT_TRUE(bounds_of(small_history({added(0, 1, 5, 5), refused})).outliers.empty());
  refused.result = 12;
  EXPECT_EQ(bounds_of(small_history({added(0, 1, 5, 5), refused})).outliers.size(), 1);
}

TEST(CounterBoundsTest, ACreationIsTheBase) {
  check::Operation created = added(0, 1, 100, 100);
  created.function = check::Function::create;
  const auto bounds =
      bounds_of(small_history({created, added(2, 3, 1, 101)}, {.exists = false, .initial = 0}));
  EXPECT_EQ(bounds.without_bounds, "");
  EXPECT_TRUE(bounds.outliers.empty());
  EXPECT_EQ(bounds.least.back(), 101);
  const auto raced = bounds_of(small_history({added(0, 2, 1, 1), added(1, 3, 1, 2), created}));
  EXPECT_TRUE(raced.outliers.empty());
}

TEST(CounterBoundsTest, AResetLeavesOnlyWhatWasSeen) {
  check::Operation reset = was_read(2, 3, 0);
  reset.function = check::Function::reset;
  const auto bounds = bounds_of(small_history({added(0, 1, 5, 5), reset, was_read(4, 5, 0)}));
  EXPECT_NE(bounds.without_bounds, "");
  EXPECT_TRUE(bounds.outliers.empty());
  EXPECT_FALSE(bounds.seen.empty());
}

TEST(CounterBoundsTest, DistinctIdsCountOnce) {
  auto small = small_history({added(0, 1, check::none, 2), added(2, 3, check::none, 1),
                              unknown_add(4, check::none), was_read(5, 6, 3), was_read(7, 8, 5)});
  small.history.elements = {0, 1, 1, 2, 0, 3};
  for (std::size_t i = 0; i < 3; ++i) {
    auto& operation = small.history.operations[i];
    operation.function = check::Function::items;
    operation.list = static_cast<std::uint32_t>(i) * 2;
    operation.list_size = 2;
  }
  for (std::size_t i = 3; i < 5; ++i) {
    small.history.operations[i].function = check::Function::count;
  }
  const auto bounds = bounds_of(small);
  EXPECT_EQ(bounds.least.back(), 3);
  EXPECT_EQ(bounds.most.back(), 4);
  ASSERT_EQ(bounds.outliers.size(), 1);
  EXPECT_EQ(bounds.outliers[0].value, 5);
}

TEST(CounterBoundsTest, SumsAboveTheRangeOfIntegersAreNoAccident) {
  constexpr auto huge = std::int64_t{9'000'000'000'000'000'000};
  const auto bounds =
      bounds_of(small_history({unknown_add(0, huge), unknown_add(1, huge), was_read(2, 3, huge)}));
  EXPECT_TRUE(bounds.outliers.empty());
  EXPECT_EQ(bounds.most.back(), 18e18);
}

TEST(CounterBoundsTest, AnHonestRunLiesWithinItsBoundsAndALossDoesNot) {
  const store::TemporaryDirectory place;
  for (const bool lost : {false, true}) {
    const auto run = make_run(place.path(), {.lost_increment = lost});
    const auto times = read_times(run.journal).value();
    const auto bounds = report::bounds_of(run.history, run.judgement, times, axis_of(times));
    ASSERT_EQ(bounds.counters.size(), 3);
    for (const auto& counter : bounds.counters) {
      const bool hurt = lost && counter.key == "views/home";
      EXPECT_EQ(!counter.outliers.empty(), hurt) << counter.key;
      EXPECT_GT(counter.unknown, 0);
      EXPECT_LE(counter.outliers.size(), outliers_max);
    }
    // The witness' key is the first.
    EXPECT_TRUE(!lost || bounds.counters[0].key == "views/home");
  }
}

TEST(CounterBoundsTest, OnlyTheMostTellingCountersAreDrawn) {
  auto small = small_history({});
  small.history.keys.clear();
  for (std::uint32_t key = 0; key < 40; ++key) {
    small.history.keys.push_back("k" + std::to_string(key));
    auto add = key == 30 ? unknown_add(key, 1) : added(key, 100 + key, 1, 1);
    add.key = key;
    small.history.operations.push_back(add);
  }
  small.history.facts.resize(40);
  check::Judgement judgement;
  judgement.findings.push_back({.key = "k35", .verdict = check::Verdict::invalid});
  const auto bounds = report::bounds_of(small.history, judgement, small.times, small.axis);
  EXPECT_EQ(bounds.counters.size(), counters_max);
  EXPECT_EQ(bounds.left_out, 40 - counters_max);
  EXPECT_EQ(bounds.counters[0].key, "k35");
  EXPECT_EQ(bounds.counters[1].key, "k30");
}

}  // namespace
}  // namespace dcount::report
