#include "server/core/bounds.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace dcount::core {
namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_highest = std::numeric_limits<std::int64_t>::max();
constexpr std::nullopt_t none = std::nullopt;

struct Row {
  std::int64_t n, delta;
  std::optional<std::int64_t> min, max;
  OnLimit on_limit;
  Code code;
  std::int64_t result;
};

TEST(Bounds, TableOfSums) {
  const Row rows[] = {
      {7, 1, none, none, OnLimit::reject, Code::ok, 8},
      {7, -9, none, none, OnLimit::reject, Code::ok, -2},
      {int64_highest, 1, none, none, OnLimit::reject, Code::overflow, int64_highest},
      {int64_highest, 1, none, none, OnLimit::saturate, Code::overflow, int64_highest},
      {lowest, -1, none, none, OnLimit::reject, Code::overflow, lowest},
      {int64_highest, 1, 0, none, OnLimit::saturate, Code::overflow, int64_highest},
      {9, 1, none, 10, OnLimit::reject, Code::ok, 10},
      {10, 1, none, 10, OnLimit::reject, Code::bound_exceeded, 10},
      {9, 5, none, 10, OnLimit::saturate, Code::ok, 10},
      {int64_highest - 1, int64_highest, none, int64_highest, OnLimit::saturate, Code::ok,
       int64_highest},
      {1, -2, 0, none, OnLimit::reject, Code::bound_exceeded, 1},
      {1, -2, 0, none, OnLimit::saturate, Code::ok, 0},
      // Outside already: back toward the bound is fine, away is not.
      {15, -2, none, 10, OnLimit::reject, Code::ok, 13},
      {15, 1, none, 10, OnLimit::reject, Code::bound_exceeded, 15},
      {15, 1, none, 10, OnLimit::saturate, Code::ok, 15},
      {-5, 3, 0, none, OnLimit::reject, Code::ok, -2},
      {-5, -1, 0, none, OnLimit::saturate, Code::ok, -5},
      // A step across the whole range is stopped by the bound ahead, not the one behind.
      {15, -30, 0, 10, OnLimit::saturate, Code::ok, 0},
      {15, 0, none, 10, OnLimit::reject, Code::ok, 15},
  };
  for (const Row& row : rows) {
    const Sum sum = add_within(row.n, row.delta, {row.min, row.max}, row.on_limit);
    EXPECT_EQ(to_string(sum.code), to_string(row.code)) << row.n << " + " << row.delta;
    EXPECT_EQ(sum.n, row.result) << row.n << " + " << row.delta;
    EXPECT_EQ(sum.applied, sum.n - row.n);
  }
}

RC_GTEST_PROP(Bounds, ARefusedSumLeavesNoTrace, (std::int64_t n, std::int64_t delta)) {
  const Sum sum = add_within(n, delta, {}, OnLimit::reject);
  __extension__ using Wide = __int128;
  const Wide exact = Wide{n} + delta;
  const bool fits = exact >= lowest && exact <= int64_highest;
  RC_ASSERT((sum.code == Code::ok) == fits);
  RC_ASSERT(Wide{sum.n} == (fits ? exact : Wide{n}));
  RC_ASSERT(sum.applied == (fits ? delta : 0));
}

RC_GTEST_PROP(Bounds, AValueInsideStaysInside, ()) {
  const auto min = *rc::gen::inRange<std::int64_t>(-50, 50);
  const auto max = *rc::gen::inRange<std::int64_t>(min, min + 50);
  const auto n = *rc::gen::inRange<std::int64_t>(min, max + 1);
  const auto delta = *rc::gen::arbitrary<std::int64_t>();
  const auto on_limit = *rc::gen::element(OnLimit::reject, OnLimit::saturate);
  const Sum sum = add_within(n, delta, {min, max}, on_limit);
  RC_ASSERT(sum.n >= min && sum.n <= max);
  RC_ASSERT(on_limit == OnLimit::reject || sum.code == Code::ok);
}

TEST(Bounds, TheNarrowerOfTwoHoldsOnEachSide) {
  EXPECT_EQ(narrower({0, 10}, {none, 5}), (Bounds{0, 5}));
  EXPECT_EQ(narrower({0, 10}, {-5, 50}), (Bounds{0, 10}));
  EXPECT_EQ(narrower({}, {3, none}), (Bounds{3, none}));
}

}  // namespace
}  // namespace dcount::core
