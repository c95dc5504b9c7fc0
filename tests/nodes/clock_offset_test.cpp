#include "server/nodes/clock_offset.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace dcount::nodes {
namespace {

bool off(std::vector<ClockOffset> others) { return judge_clock(others).off; }

TEST(ClockOffset, IsAgainstTheMiddleOfThePing) {
  EXPECT_EQ(clock_offset(1000, 1100, 1050), (ClockOffset{0, 51}));
  EXPECT_EQ(clock_offset(1000, 1100, 4050), (ClockOffset{3000, 51}));
  EXPECT_EQ(clock_offset(1000, 1000, 400), (ClockOffset{-600, 1}));
}

RC_GTEST_PROP(ClockOffset, TheTruthIsWithinItsUncertainty, ()) {
  const auto sent = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
  const auto there = *rc::gen::inRange<std::int64_t>(0, 5000);
  const auto back = *rc::gen::inRange<std::int64_t>(0, 5000);
  const auto truth = *rc::gen::inRange<std::int64_t>(-100'000, 100'000);
  const ClockOffset seen = clock_offset(sent, sent + there + back, sent + there + truth);
  RC_ASSERT(seen.ms - seen.uncertainty_ms <= truth);
  RC_ASSERT(truth <= seen.ms + seen.uncertainty_ms);
}

TEST(JudgeClock, NobodyHeardIsNotOff) { EXPECT_FALSE(off({})); }

TEST(JudgeClock, TwoSecondsAreRightAndMoreAreOff) {
  EXPECT_FALSE(off({{2000, 0}}));
  EXPECT_TRUE(off({{2001, 0}}));
  EXPECT_FALSE(off({{-2000, 0}}));
  EXPECT_TRUE(off({{-2001, 0}}));
}

TEST(JudgeClock, ASlowPingMakesNobodyWrong) {
  EXPECT_FALSE(off({{2400, 400}}));
  EXPECT_TRUE(off({{2401, 400}}));
  EXPECT_FALSE(off({{-300, 500}}));
}

TEST(JudgeClock, TheMedianOfTheOthersCounts) {
  EXPECT_FALSE(off({{0, 0}, {60'000, 0}, {10, 0}}));
  EXPECT_TRUE(off({{5000, 0}, {60'000, 0}, {10, 0}}));
  EXPECT_TRUE(off({{-5000, 0}, {-5000, 0}, {0, 0}}));
}

TEST(JudgeClock, OfTwoOthersOneThatIsWrongDoesNotMakeUsWrong) {
  EXPECT_FALSE(off({{10'000, 0}, {0, 0}}));
  EXPECT_FALSE(off({{10'000, 0}, {-10'000, 0}}));
  EXPECT_TRUE(off({{10'000, 0}, {2001, 0}}));
  EXPECT_TRUE(off({{-10'000, 0}, {-9'000, 0}}));
}

TEST(JudgeClock, SaysByHowMuchWeAreBehind) {
  EXPECT_EQ(judge_clock(std::vector<ClockOffset>{{5000, 100}, {7000, 0}, {6000, 0}}),
            (ClockVerdict{true, 6000, 3}));
}

}  // namespace
}  // namespace dcount::nodes
