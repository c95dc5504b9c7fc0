// What is drawn in virtual time depends on who draws and when, and on nothing else.
#include "sim/world/dice.h"

#include <gtest/gtest.h>

namespace dcount::world {
namespace {

TEST(Dice, FallTheSameWhateverOthersRolledAndWhateverWasRolledBefore) {
  EventQueue time;
  Dice alone(time, 7, 1), among_others(time, 7, 1);
  for (int i = 0; i < 5; ++i) among_others.roll(3);
  time.pass(100);
  among_others.roll(3);
  EXPECT_EQ(alone.roll(4).next(), among_others.roll(4).next());
  EXPECT_EQ(alone.roll(4).next(), among_others.roll(4).next());
}

TEST(Dice, FallDifferentlyForOthersAtOtherTimesAndAgain) {
  EventQueue time;
  Dice dice(time, 7, 1);
  const std::uint64_t first = dice.roll(4).next();
  EXPECT_NE(dice.roll(4).next(), first);
  EXPECT_NE(dice.roll(5).next(), first);
  EXPECT_NE(Dice(time, 7, 2).roll(4).next(), first);
  EXPECT_NE(Dice(time, 8, 1).roll(4).next(), first);
  EXPECT_EQ(Dice(time, 7, 1).roll(4).next(), first);
  time.pass(1);
  EXPECT_NE(dice.roll(4).next(), first);
}

}  // namespace
}  // namespace dcount::world
