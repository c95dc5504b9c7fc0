// Whose turn it is, without a sequencer around it.
#include "server/engine/turns.h"

#include <gtest/gtest.h>

#include <string>

namespace dcount::engine {
namespace {

constexpr int many = 10'002;  // more than are kept in mind

std::string key_of(int i) { return "counter/c/" + std::to_string(i); }

Entry ask_of_another_for(const std::string& key) {
  return {std::string(core::wanted_prefix) + "0",
          core::FieldWriter().add("by", "9.9").add("key", key).take(), 1};
}

/// What is written when `key` was lost often enough.
Write ask_for(Turns& turns, const std::string& key, std::int64_t batch) {
  for (int i = 0; i < 3; ++i) turns.lost(key);
  return turns.take_asks({1, batch}).at(0);
}

TEST(Turns, AKeyThatOthersAskedForIsLeftToThemUntilOneHasChangedIt) {
  Turns turns;
  EXPECT_EQ(turns.won("k", 4), Turns::Rest::none);
  turns.heard(ask_of_another_for("k"));
  EXPECT_EQ(turns.won("k", 5), Turns::Rest::until_other);
  EXPECT_FALSE(turns.heard({"k", "ours", 5}));
  EXPECT_TRUE(turns.heard({"k", "theirs", 6}));
  EXPECT_FALSE(turns.heard({"k", "theirs", 7}));
}

TEST(Turns, OwnAsksAreNotOthers) {
  Turns turns;
  const Write ask = ask_for(turns, "k", 1);
  turns.heard({ask.key, ask.value, 1});
  turns.won("k", 2);
  EXPECT_EQ(turns.won("k", 3), Turns::Rest::none);
}

TEST(Turns, KeysLeftToOthersThatNobodyTakesAreForgottenInTheEnd) {
  Turns turns;
  for (int i = 0; i < many; ++i) {
    turns.heard(ask_of_another_for(key_of(i)));
    ASSERT_EQ(turns.won(key_of(i), 5), Turns::Rest::until_other);
  }
  EXPECT_FALSE(turns.heard({key_of(0), "theirs", 6}));
  EXPECT_TRUE(turns.heard({key_of(many - 1), "theirs", 6}));
}

TEST(Turns, OwnAsksThatNeverComeBackAreForgottenInTheEnd) {
  Turns turns;
  const Write first = ask_for(turns, "k", 1);
  for (int i = 2; i <= many; ++i) ask_for(turns, "k", i);
  turns.won("k", 2);
  turns.heard({first.key, first.value, 1});
  EXPECT_EQ(turns.won("k", 3), Turns::Rest::until_other) << "it is taken for another's";
}

}  // namespace
}  // namespace dcount::engine
