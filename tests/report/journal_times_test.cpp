#include "sim/report/journal_times.h"

#include <gtest/gtest.h>

#include <fstream>

#include "sim/report/time_axis.h"
#include "tests/store/temporary_directory.h"

namespace dcount::report {
namespace {

class JournalTimesTest : public testing::Test {
 protected:
  JournalTimes times_of(const std::string& journal) const {
    std::ofstream(file()) << journal;
    return read_times(file()).value();
  }
  std::filesystem::path file() const { return place.path() / "history.jsonl"; }

  store::TemporaryDirectory place;
};

using Times = std::vector<std::int64_t>;

TEST_F(JournalTimesTest, ATimeStandsAtTheIndexOfItsLine) {
  const auto times = times_of(
      "{\"type\":\"header\",\"format\":1}\n"
      "{\"index\":0,\"process\":3,\"type\":\"invoke\",\"f\":\"add\",\"time\":100}\n"
      "{\"index\":1,\"process\":3,\"type\":\"ok\",\"value\":{\"time\":7},\"time\":250}\n"
      "{\"time\":300,\"index\":2}\n");
  EXPECT_EQ(times.at, (Times{100, 250, 300}));
  EXPECT_TRUE(times.timed);
  EXPECT_EQ(times[1], 250);
  EXPECT_EQ(times[check::never], 300);
  EXPECT_EQ(times.latest, 300);
}

TEST_F(JournalTimesTest, ALineWithoutATimeHasThatOfTheLineBefore) {
  EXPECT_EQ(times_of("{\"index\":0,\"time\":5}\n{\"index\":1}\n{\"index\":4,\"time\":9}\n").at,
            (Times{5, 5, 5, 5, 9}));
}

TEST_F(JournalTimesTest, LinesWithoutAnIndexAreCounted) {
  EXPECT_EQ(
      times_of("{\"type\":\"header\"}\n{\"f\":\"a\",\"time\":1}\n\n{\"f\":\"b\",\"time\":2}").at,
      (Times{1, 2}));
}

TEST_F(JournalTimesTest, AJournalWithoutTimesHasPlacesInstead) {
  const auto times = times_of("{\"index\":0}\n{\"index\":1}\n{\"index\":2}\n");
  EXPECT_FALSE(times.timed);
  EXPECT_EQ(times.at, (Times{0, 1, 2}));
}

TEST_F(JournalTimesTest, WhatIsNotALineIsPassedOver) {
  EXPECT_EQ(times_of("[1]\nnonsense\n{\"index\":0,\"time\":3}\n{\"index\":99999999999,\"time\":1}\n"
                     "{\"index\":1,\"time\":4}\n{\"index\":2,\"ti")
                .at,
            (Times{3, 4}));
  EXPECT_EQ(times_of("").latest, 0);
}

TEST_F(JournalTimesTest, LinesOfAnyLengthAreRead) {
  std::string journal;
  for (int i = 0; i < 40; ++i) {
    journal += "{\"index\":" + std::to_string(i) + ",\"value\":\"" +
               std::string(static_cast<std::size_t>(i) * 9973, 'x') +
               "\",\"time\":" + std::to_string(i * 10) + "}\n";
  }
  journal += "{\"index\":40,\"value\":\"" + std::string(3'000'000, 'y') + "\",\"time\":1000}\n";
  const auto times = times_of(journal);
  ASSERT_EQ(times.at.size(), 41);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(times.at[i], static_cast<std::int64_t>(i) * 10);
  EXPECT_EQ(times.at[40], 1000);
}

TEST_F(JournalTimesTest, AMissingJournalIsAnErrorThatNamesIt) {
  const auto times = read_times("/nowhere/history.jsonl");
  ASSERT_FALSE(times);
  EXPECT_NE(times.error().message.find("/nowhere/history.jsonl"), std::string::npos);
}

TEST(TimeAxisTest, BinsAreRoundAndNotTooMany) {
  for (const std::int64_t end : {0L, 1L, 999'999L, 30'000'000'000L, 86'400'000'000'000L}) {
    const auto axis = axis_of({.at = {end}, .latest = end, .timed = true});
    EXPECT_LE(axis.bins, bins_max);
    EXPECT_GE(axis.width * axis.bins, end);
    EXPECT_EQ(axis.bin_of(end), axis.bins - 1);
    EXPECT_EQ(axis.bin_of(end * 2), axis.bins - 1);
  }
  EXPECT_EQ(axis_of({.latest = 30'000'000'000, .timed = true}).width, 100'000'000);
}

}  // namespace
}  // namespace dcount::report
