#include "sim/report/series.h"

#include <gtest/gtest.h>

#include "sim/report/tally.h"
#include "tests/report/small_history.h"

namespace dcount::report {
namespace {

using Counts32 = std::vector<std::uint32_t>;

Series series_of(const SmallHistory& small) {
  return report::series_of(small.history, small.times, small.axis);
}

TEST(SeriesTest, AnOperationCountsWhereItEndedAndAnUnknownOneWhereItBegan) {
  auto failed = added(3, 4, 1, check::none);
  failed.outcome = check::Outcome::fail;
  const auto series = series_of(small_history({added(0, 2, 1, 1), unknown_add(1, 1), failed}));
  EXPECT_EQ(series.ok, (Counts32{0, 0, 1, 0, 0}));
  EXPECT_EQ(series.unknown, (Counts32{0, 1, 0, 0, 0}));
  EXPECT_EQ(series.failed, (Counts32{0, 0, 0, 0, 1}));
}

TEST(SeriesTest, QuantilesAreExact) {
  std::vector<check::Operation> operations;
  for (check::Index i = 0; i < 100; ++i) operations.push_back(added(i, 100, 1, i + 1));
  const auto series = series_of(small_history(operations));
  const auto& bin = series.all.bins.at(100);  // latencies of 1 to 100 ms, all ended in one bin
  EXPECT_EQ(bin.p50, 50'000'000);
  EXPECT_EQ(bin.p90, 90'000'000);
  EXPECT_EQ(bin.p99, 99'000'000);
  EXPECT_EQ(bin.max, 100'000'000);
  EXPECT_EQ(series.all.whole.p99, 99'000'000);
  EXPECT_EQ(series.all.bins.at(50).p50, -1);
}

TEST(SeriesTest, ReadsAndWritesAreToldApart) {
  const auto series = series_of(small_history({added(0, 3, 1, 1), was_read(1, 2, 0)}));
  EXPECT_EQ(series.writes.whole.max, 3'000'000);
  EXPECT_EQ(series.reads.whole.max, 1'000'000);
  EXPECT_EQ(series.all.whole.p50, 1'000'000);
  EXPECT_EQ(series.reads.bins.at(3).max, -1);
}

TEST(SeriesTest, AClockThatWentBackGivesNoNegativeLatency) {
  auto small = small_history({added(0, 1, 1, 1)});
  small.times.at = {5'000'000, 2'000'000};
  EXPECT_EQ(series_of(small).all.whole.max, 0);
}

TEST(SeriesTest, ABatchIsOneOperation) {
  auto part = added(0, 1, 1, 1);
  part.group = 4;
  const auto small = small_history({part, part, part, added(2, 3, 1, 4)});
  EXPECT_EQ(series_of(small).ok, (Counts32{0, 1, 0, 1}));
  const auto tally = tally_of(small.history);
  EXPECT_EQ(tally.all.ok, 2);
  ASSERT_EQ(tally.functions.size(), 2);
  EXPECT_EQ(tally.functions[0].function, "batch");
  EXPECT_EQ(tally.functions[1].function, "add");
}

TEST(TallyTest, FaultsAreCountedByKindThePlannedOnesFirst) {
  const std::vector<check::Fault> faults = {{.kind = "cut", .confirmed = true},
                                            {.kind = "kill", .confirmed = true},
                                            {.kind = "kill", .confirmed = false}};
  const auto kinds = tally_of(faults, {{"pause", 2}, {"kill", 2}});
  ASSERT_EQ(kinds.size(), 3);
  EXPECT_EQ(kinds[0].kind, "pause");
  EXPECT_EQ(kinds[0].began, 0);
  EXPECT_EQ(kinds[1].began, 2);
  EXPECT_EQ(kinds[1].confirmed, 1);
  EXPECT_EQ(kinds[2].planned, 0);
}

}  // namespace
}  // namespace dcount::report
