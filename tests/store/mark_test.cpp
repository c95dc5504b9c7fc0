#include "server/store/mark.h"

#include <gtest/gtest.h>

namespace dcount::store {
namespace {

Batch batch(Mark previous, Mark next) { return {previous, next, {}}; }

TEST(Mark, ReadsAsAPersonWouldWriteIt) {
  EXPECT_EQ(to_text({3, 17}), "1 incarnation=3 batch=17");
  EXPECT_EQ(parse_mark("1 incarnation=3 batch=17"), (Mark{3, 17}));
}

TEST(Mark, RefusesOtherTexts) {
  for (const char* text : {"", "1", "2 incarnation=3 batch=17", "1 incarnation= batch=17",
                           "1 incarnation=3 batch=17 ", "1 incarnation=3", "1 incarnation=x"}) {
    EXPECT_EQ(parse_mark(text), std::nullopt) << text;
  }
}

TEST(Mark, ABatchIsOpenWhileItsGuardHolds) {
  EXPECT_EQ(standing({1, 4}, batch({1, 4}, {1, 5})), Standing::open);
}

TEST(Mark, ABatchHasAppliedWhenItsMarkIsThere) {
  EXPECT_EQ(standing({1, 5}, batch({1, 4}, {1, 5})), Standing::applied);
}

TEST(Mark, ABatchHasPassedWhenAFenceIsThere) {
  EXPECT_EQ(standing({1, 6}, batch({1, 4}, {1, 5})), Standing::passed);
}

TEST(Mark, ABatchIsFencedByANewerIncarnation) {
  EXPECT_EQ(standing({2, 0}, batch({1, 4}, {1, 5})), Standing::fenced);
}

TEST(Mark, OnlyMarksAndTheStoresKeysAreItsOwn) {
  EXPECT_TRUE(is_own_key(mark_key("a")));
  EXPECT_TRUE(is_own_key("store/format"));
  EXPECT_FALSE(is_own_key("counter/writer/a"));
  EXPECT_FALSE(is_own_key("store"));
}

TEST(BatchDeathTest, AWriteToAKeyOfTheStoresOwnAborts) {
  Batch wrong = batch({1, 4}, {1, 5});
  wrong.groups.push_back({{}, {}, {{mark_key("b"), "1"}}});
  EXPECT_DEATH(check_batch(wrong), "the store's own key writer/b");
}

TEST(BatchDeathTest, AMarkThatDoesNotFollowThePreviousOneAborts) {
  EXPECT_DEATH(check_batch(batch({1, 4}, {1, 4})), "does not follow");
  EXPECT_DEATH(check_batch(batch({1, 4}, {2, 5})), "two incarnations");
}

}  // namespace
}  // namespace dcount::store
