// The histogram against the sorted values themselves.
#include "cli/bench_histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace dcount::cli::bench {
namespace {

/// Of every magnitude a latency can have.
rc::Gen<std::vector<std::uint64_t>> latencies() {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::map(rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 40),
                                 rc::gen::inRange(0, 40)),
                   [](const auto& drawn) { return drawn.first >> drawn.second; })));
}

std::uint64_t exact_percentile(const std::vector<std::uint64_t>& sorted, double fraction) {
  const double rank = std::ceil(fraction * static_cast<double>(sorted.size()));
  return sorted[std::max<std::size_t>(1, static_cast<std::size_t>(rank)) - 1];
}

RC_GTEST_PROP(BenchHistogram, PercentilesAreAtMostOneIn128TooHigh, ()) {
  std::vector<std::uint64_t> values = *latencies();
  Histogram histogram;
  for (const std::uint64_t value : values) histogram.record(value);
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const std::uint64_t exact = exact_percentile(values, fraction);
    const std::uint64_t got = histogram.percentile_ns(fraction);
    RC_ASSERT(got >= exact);
    RC_ASSERT(got <= exact + exact / 128);
  }
  RC_ASSERT(histogram.max_ns() == values.back());
  RC_ASSERT(histogram.count() == values.size());
}

RC_GTEST_PROP(BenchHistogram, AddedHistogramsAreOneOfAllValues, ()) {
  const auto left = *latencies();
  const auto right = *latencies();
  Histogram sum, other, all;
  for (const std::uint64_t value : left) sum.record(value), all.record(value);
  for (const std::uint64_t value : right) other.record(value), all.record(value);
  sum.add(other);
  RC_ASSERT(sum.count() == all.count());
  RC_ASSERT(sum.max_ns() == all.max_ns());
  RC_ASSERT(sum.mean_ns() == all.mean_ns());
  for (const double fraction : {0.25, 0.5, 0.99}) {
    RC_ASSERT(sum.percentile_ns(fraction) == all.percentile_ns(fraction));
  }
}

TEST(BenchHistogram, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 255; ++value) histogram.record(value);
  EXPECT_EQ(histogram.percentile_ns(0.5), 128u);
  EXPECT_EQ(histogram.percentile_ns(1), 255u);
}

TEST(BenchHistogram, AValueBeyondTheRangeCountsAsTheGreatest) {
  Histogram histogram;
  histogram.record(~std::uint64_t{0});
  EXPECT_EQ(histogram.max_ns(), Histogram::value_ns_max);
  EXPECT_EQ(histogram.percentile_ns(0.5), Histogram::value_ns_max);
}

TEST(BenchHistogram, AnEmptyOneAnswersZero) {
  EXPECT_EQ(Histogram().percentile_ns(0.99), 0u);
  EXPECT_EQ(Histogram().mean_ns(), 0);
}

}  // namespace
}  // namespace dcount::cli::bench
