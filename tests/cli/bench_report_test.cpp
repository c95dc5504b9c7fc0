// What a run reports: the device's times, the verification, the figures.
#include "cli/bench_report.h"

#include <gtest/gtest.h>

#include "cli/bench_device.h"

namespace dcount::cli::bench {
namespace {

using namespace std::chrono_literals;

TEST(BenchDevice, MeasuresAppendsInADirectory) {
  const DeviceTimes times = measure_device(::testing::TempDir(), 3, 10s);
  EXPECT_EQ(times.error, "");
  EXPECT_EQ(times.sync.count(), 3u);
}

TEST(BenchDevice, AMissingDirectoryIsSaid) {
  EXPECT_NE(measure_device("/nonexistent", 3, 1s).error, "");
}

TEST(BenchReport, ACounterThatLostAnAcknowledgedIncrementFailsTheRun) {
  Report report;
  report.verification = Verification{.grown = 9, .acknowledged = 10, .sent = 12};
  EXPECT_FALSE(report.good());
  report.verification->grown = 10;
  EXPECT_TRUE(report.good());
  report.verification->grown = 12;
  EXPECT_TRUE(report.good());
  report.verification->grown = 13;
  EXPECT_FALSE(report.good());
  report.verification = Verification{.grown = -11, .acknowledged = -10, .sent = -12};
  EXPECT_TRUE(report.good());
}

TEST(BenchReport, AnyErrorFailsTheRun) {
  Report report;
  EXPECT_TRUE(report.good());
  report.result.errors["503"] = 1;
  EXPECT_FALSE(report.good());
}

TEST(BenchReport, JsonCountsIncrementsByBatch) {
  Report report;
  report.operations_per_request = 100;
  report.result.good = 50;
  report.result.seconds = 2;
  const auto json = to_json(report);
  EXPECT_EQ(json["requests_per_s"], 25.0);
  EXPECT_EQ(json["operations_per_s"], 2500.0);
}

}  // namespace
}  // namespace dcount::cli::bench
