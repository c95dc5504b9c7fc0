// What a run reports: the device's times, the verification, the figures.
#include "cli/bench_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

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

/// 50 good answers in 2 s, to requests of `batch` operations.
Report report_of(const BenchOptions& options) {
  Report report;
  report.options = options;
  report.server = "h:1";
  report.operations_per_request = std::max(1u, options.batch);
  report.result.good = report.result.sent = 50;
  report.result.seconds = 2;
  return report;
}

std::string line_with(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

TEST(BenchReport, NumbersInBulkAreCountedAsNumbersAndAsRequests) {
  BenchOptions options;
  options.draw = "forward";
  options.batch = 100;
  const std::string text = to_text(report_of(options));
  EXPECT_EQ(line_with(text, "numbers"),
            "numbers of forward, 100 per request on h:1 (http), 50 connections, 2.0 s");
  EXPECT_EQ(line_with(text, "throughput"),
            "throughput  2,500 numbers/s in 25 requests/s  (50 good answers to 50 requests)");
}

TEST(BenchReport, SingleOperationsAreTheirRequests) {
  EXPECT_EQ(line_with(to_text(report_of({})), "throughput"),
            "throughput  25 increments/s  (50 good answers to 50 requests)");
}

TEST(BenchReport, ItemsAreOfTenants) {
  BenchOptions options;
  options.items = true;
  options.keys = 3;
  Report report = report_of(options);
  report.verification = Verification{.grown = 50, .acknowledged = 50, .sent = 50};
  const std::string text = to_text(report);
  EXPECT_EQ(line_with(text, "items"), "items on h:1 (http), 3 tenants, 50 connections, 2.0 s");
  EXPECT_EQ(line_with(text, "yes"), "yes: the tenants have grown by 50; acknowledged 50, sent 50");
  EXPECT_EQ(to_json(report)["operations"], "items");
}

}  // namespace
}  // namespace dcount::cli::bench
