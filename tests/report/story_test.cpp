#include "sim/report/story.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/report/page.h"
#include "sim/report/words.h"
#include "tests/check/made_packages.h"
#include "tests/report/small_history.h"

namespace dcount::report {
namespace {

check::Judgement invalid(std::vector<check::Index> witness) {
  check::Judgement judgement{check::Verdict::invalid, {}};
  judgement.findings.push_back({"increments", "k", check::Verdict::invalid, "", {"", witness}});
  return judgement;
}

TEST(StoryTest, TellsTheWitnessAndItsNearestNeighbours) {
  std::vector<check::Operation> operations;
  for (check::Index i = 0; i < 100; ++i) operations.push_back(added(2 * i, 2 * i + 1, 1, i + 1));
  const auto small = small_history(operations);
  const auto stories = stories_of(small.history, invalid({100, 104}), small.times);
  ASSERT_EQ(stories.size(), 1);
  const auto& told = stories[0].operations;
  ASSERT_EQ(told.size(), 2 + neighbours_max);
  EXPECT_EQ(told.front().invoked, 82);
  EXPECT_EQ(told.back().invoked, 120);
  std::vector<check::Index> witness;
  for (const auto& operation : told) {
    if (operation.of_witness) witness.push_back(operation.invoked);
  }
  EXPECT_EQ(witness, (std::vector<check::Index>{100, 104}));
  EXPECT_EQ(told[9].words, "add 1 → 51");
  EXPECT_EQ(told[9].began, 100'000'000);
  EXPECT_EQ(told[9].ended, 101'000'000);
}

TEST(StoryTest, AWitnessOfManyOperationsIsCut) {
  std::vector<check::Operation> operations;
  std::vector<check::Index> witness;
  for (check::Index i = 0; i < 100; ++i) {
    operations.push_back(added(2 * i, 2 * i + 1, 1, 1));
    witness.push_back(2 * i);
  }
  const auto small = small_history(operations);
  const auto stories = stories_of(small.history, invalid(witness), small.times);
  EXPECT_EQ(stories.at(0).operations.size(), witness_operations_max + neighbours_max);
  EXPECT_EQ(stories[0].left_out, 100 - witness_operations_max);
}

TEST(StoryTest, AWitnessWithoutOperationsIsNoAccident) {
  const auto small = small_history({added(0, 1, 1, 1)});
  EXPECT_TRUE(stories_of(small.history, invalid({}), small.times).at(0).operations.empty());
  EXPECT_TRUE(stories_of(small.history, invalid({7}), small.times).at(0).operations.empty());
}

TEST(StoryTest, TellsOfPackages) {
  check::MadePackages made;
  made.add("p1", "d1");
  made.get("p1", "d1");
  made.refuse("p1", 404);
  made.unknown(made.ask_remove("p1"));
  made.list({"p1"});
  const check::History& history = made.builder().history();
  const check::Judgement judgement = made.judged();
  JournalTimes times;
  cover(times, history);
  const auto stories = stories_of(history, judgement, times);
  ASSERT_EQ(stories.size(), 1);
  std::vector<std::string> words;
  for (const auto& operation : stories[0].operations) words.push_back(operation.words);
  EXPECT_EQ(words,
            (std::vector<std::string>{
                "add_package of 'of-d1' by k1 (sha256 d1) → p1, 2 replicas",
                "get_package of p1 by k1 → sha256 d1", "get_package of p1 by k1 refused with 404",
                "remove_package of p1 by k1 → ?", "list_packages by k1 → [p1]"}));
  const Json page = page_data({}, history, judgement, times);
  EXPECT_EQ(page["operations"]["by_function"]["get_package"]["fail"], 1);
  EXPECT_TRUE(page["counters"].empty());
}

TEST(WordsTest, SayWhatWasAskedAndAnswered) {
  check::History history;
  history.elements = {7, 8, 0};
  history.names = {"item"};
  EXPECT_EQ(operation_words(history, added(0, 1, -5, 12)), "add -5 → 12");
  EXPECT_EQ(operation_words(history, added(0, 1, 5, check::none)), "add 5 → done");
  EXPECT_EQ(operation_words(history, unknown_add(0, 5)), "add 5 → ?");
  EXPECT_EQ(operation_words(history, was_read(0, 1, check::none)), "read → nothing");
  auto next = added(0, 1, 2, check::none);
  next.function = check::Function::next;
  next.list_size = 2;
  EXPECT_EQ(operation_words(history, next), "next 2 → 7, 8");
  auto items = added(0, 1, check::none, 1);
  items.function = check::Function::items;
  items.list = 2;
  items.list_size = 1;
  EXPECT_EQ(operation_words(history, items), "items item → 1");
  auto refused = added(0, 1, 5, 12);
  refused.outcome = check::Outcome::fail;
  refused.refused = true;
  EXPECT_EQ(operation_words(history, refused), "add 5 refused at 12");
}

TEST(WordsTest, AreCutBetweenCharacters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "abc…");
  EXPECT_EQ(cut("aää", 4), "aä…");
  EXPECT_EQ(cut("ää", 1), "…");
}

}  // namespace
}  // namespace dcount::report
