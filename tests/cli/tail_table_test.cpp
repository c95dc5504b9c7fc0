// What a tail has told, and how it looks on a terminal.
#include <gtest/gtest.h>

#include <cstdint>

#include "cli/tail_frame.h"
#include "cli/tail_table.h"

namespace dcount::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TailFrames : public testing::Test {
 protected:
  void take(const std::string& counter, std::optional<std::int64_t> n, std::int64_t revision) {
    table.take({.line = {}, .counter = counter, .n = n, .revision = revision}, now);
  }
  std::string draw(TailFrame frame = {}) {
    frame.connection = "connected to http://a:1";
    frame.now = now;
    std::string text;
    for (const std::string& line : render(table, frame)) text += line + "\n";
    return text;
  }
  std::vector<std::string> by_change() const {
    std::vector<std::string> names;
    for (const TailRow& row : table.by_change()) names.emplace_back(row.counter);
    return names;
  }

  client::TimePoint now = client::TimePoint{} + seconds(1000);
  TailTable table{5};
};

TEST_F(TailFrames, NothingYetIsAHeadAndTheConnection) {
  EXPECT_EQ(draw(),
            "COUNTER  VALUE  CHANGE  RATE  REVISION\n"
            "0 counters, connected to http://a:1\n");
}

TEST_F(TailFrames, ShowsValueChangeRateAndRevision) {
  take("views/home", 7, 12);
  take("stock/apples", 100, 13);
  now += seconds(2);
  take("views/home", 27, 14);
  take("stock/apples", 97, 15);
  EXPECT_EQ(draw({.revision = 15}),
            "COUNTER       VALUE  CHANGE    RATE  REVISION\n"
            "stock/apples     97      -3  -1.5/s        15\n"
            "views/home       27     +20  10.0/s        14\n"
            "2 counters, revision 15, connected to http://a:1\n");
}

TEST_F(TailFrames, DeletedCountersStayAndSaySo) {
  take("a/x", 7, 1);
  take("a/x", {}, 2);
  EXPECT_EQ(draw(),
            "COUNTER    VALUE  CHANGE  RATE  REVISION\n"
            "a/x      deleted                       2\n"
            "1 counter, connected to http://a:1\n");
  take("a/x", 1, 3);
  EXPECT_NE(draw().find("a/x          1                       3\n"), std::string::npos) << draw();
}

TEST_F(TailFrames, ChangesBeyond64BitsAreExact) {
  take("a/x", INT64_MIN, 1);
  take("a/x", INT64_MAX, 2);
  EXPECT_NE(draw().find("+18446744073709551615"), std::string::npos) << draw();
  take("a/x", INT64_MIN, 3);
  EXPECT_NE(draw().find("-18446744073709551615"), std::string::npos) << draw();
}

TEST_F(TailFrames, RateFadesWhenNothingChanges) {
  take("a/x", 0, 1);
  now += seconds(20);
  take("a/x", 100, 2);
  EXPECT_NE(draw().find("10.0/s"), std::string::npos) << draw();
  now += seconds(9);
  EXPECT_NE(draw().find("10.0/s"), std::string::npos) << draw();
  now += seconds(1);
  EXPECT_EQ(draw().find("/s "), std::string::npos) << draw();
}

TEST_F(TailFrames, RateIsOverTheLastTenSecondsOnly) {
  take("a/x", 0, 1);
  std::int64_t n = 0;
  for (int i = 0; i < 300; ++i, now += milliseconds(100)) take("a/x", n += 5, 2);
  now -= milliseconds(100);
  EXPECT_NE(draw().find(" 50.0/s"), std::string::npos) << draw();
}

TEST_F(TailFrames, NeverTallerThanTheTerminal) {
  for (int i = 0; i < 5; ++i) take("a/" + std::to_string(i), i, i + 1);
  for (std::size_t height = 1; height < 9; ++height) {
    EXPECT_LE(render(table, {.height = height, .now = now}).size(), height);
  }
  EXPECT_EQ(draw({.height = 4}),  // no room for all: the last change first
            "COUNTER  VALUE  CHANGE  RATE  REVISION\n"
            "a/4          4                       5\n"
            "a/3          3                       4\n"
            "5 counters (2 shown), connected to http://a:1\n");
  EXPECT_NE(draw({.height = 4, .sort = TailSort::name}).find("\na/0 "), std::string::npos);
}

TEST_F(TailFrames, NeverWiderThanTheTerminal) {
  take("views/" + std::string(100, 'x'), 123456, 7);
  for (std::size_t width = 1; width < 120; ++width) {
    for (const std::string& line : render(table, {.width = width, .now = now})) {
      EXPECT_LE(line.size(), width);
    }
  }
  EXPECT_EQ(draw({.width = 50}),
            "COUNTER              VALUE  CHANGE  RATE  REVISION\n"
            "views/xxxxxxxxxxx~  123456                       7\n"
            "1 counter, connected to http://a:1\n");
}

TEST_F(TailFrames, NumbersAreNeverCutForTheNamesSake) {
  take("views/" + std::string(100, 'x'), INT64_MIN, 7);
  EXPECT_NE(draw({.width = 60}).find("-9223372036854775808"), std::string::npos);
}

TEST_F(TailFrames, ColourMarksWhatJustChangedAndWhatIsDeleted) {
  take("a/x", 1, 1);
  take("a/y", 1, 2);
  take("a/y", {}, 3);
  now += seconds(5);
  take("a/x", 2, 4);
  auto lines = render(table, {.colour = true, .now = now});
  EXPECT_TRUE(lines[0].starts_with("\033[1mCOUNTER"));
  EXPECT_TRUE(lines[1].starts_with("\033[1ma/x"));
  EXPECT_TRUE(lines[2].starts_with("\033[2ma/y"));
  now += seconds(1);
  EXPECT_TRUE(render(table, {.colour = true, .now = now})[1].starts_with("a/x"));
  EXPECT_EQ(draw().find('\033'), std::string::npos);
}

TEST_F(TailFrames, NamesCannotCommandTheTerminal) {
  take("a/\033[2J\n", 1, 1);
  EXPECT_NE(draw().find("a/?[2J?"), std::string::npos);
}

TEST_F(TailFrames, WhatChangedLongestAgoIsForgottenFirst) {
  for (int i = 0; i < 5; ++i) take("a/" + std::to_string(i), i, i + 1);
  take("a/0", 9, 7);
  take("a/new", 1, 8);
  EXPECT_EQ(by_change(), (std::vector<std::string>{"a/new", "a/0", "a/4", "a/3", "a/2"}));
  EXPECT_EQ(table.size(), 5u);
  EXPECT_EQ(table.by_name().count("a/1"), 0u);
  EXPECT_NE(draw().find("5 counters, the latest of more"), std::string::npos) << draw();
}

TEST_F(TailFrames, ClearedTableKnowsNoChanges) {
  take("a/x", 1, 1);
  table.clear();
  take("a/x", 5, 9);
  EXPECT_FALSE(table.by_change().front().before);
  EXPECT_EQ(table.size(), 1u);
}

}  // namespace
}  // namespace dcount::cli
