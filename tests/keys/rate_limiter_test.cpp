// Rates by a clock that the tests set.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "server/keys/rate_limiter.h"

namespace dcount::keys {
namespace {

using namespace std::chrono_literals;
using Time = RateLimiter::Time;

constexpr Time begin = std::chrono::hours(1000);

TEST(Rate, ABurstIsAsLongAsTheRate) {
  RateLimiter limiter;
  for (int left = 9; left >= 0; --left) {
    const auto verdict = limiter.take(10, begin);
    EXPECT_TRUE(verdict.granted);
    EXPECT_EQ(verdict.remaining, left);
  }
  const auto refused = limiter.take(10, begin);
  EXPECT_FALSE(refused.granted);
  EXPECT_EQ(refused.next_token, 6s);
}

TEST(Rate, TheNextTokenComesWhenItWasPromised) {
  RateLimiter limiter;
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(limiter.take(60, begin).granted);
  const auto refused = limiter.take(60, begin + 300ms);
  EXPECT_FALSE(refused.granted);
  EXPECT_EQ(refused.next_token, 1s) << "700 ms, rounded up";
  EXPECT_FALSE(limiter.take(60, begin + 999ms).granted);
  EXPECT_TRUE(limiter.take(60, begin + 1s).granted);
  EXPECT_FALSE(limiter.take(60, begin + 1s).granted);
}

TEST(Rate, OneAMinuteIsOneAMinute) {
  RateLimiter limiter;
  EXPECT_TRUE(limiter.take(1, begin).granted);
  EXPECT_EQ(limiter.take(1, begin + 1s).next_token, 59s);
  EXPECT_TRUE(limiter.take(1, begin + 60s).granted);
}

TEST(Rate, TheGreatestOneRefusesNothing) {
  RateLimiter limiter;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter.take(INT64_MAX, begin).granted);
}

/// In any minute a key has no more than its burst and what came in again meanwhile.
RC_GTEST_PROP(RateProperty, NoMinuteHasMoreThanTwiceTheRate, ()) {
  const auto rate = *rc::gen::inRange<std::int64_t>(1, 50);
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4000));
  RateLimiter limiter;
  Time now = begin;
  std::deque<Time> granted;
  for (const int step : steps) {
    now += std::chrono::milliseconds(step);
    const auto verdict = limiter.take(rate, now);
    if (!verdict.granted) {
      RC_ASSERT(verdict.next_token >= 1s);
      continue;
    }
    granted.push_back(now);
    while (now - granted.front() >= 60s) granted.pop_front();
    RC_ASSERT(granted.size() <= static_cast<std::size_t>(2 * rate));
  }
}

TEST(Rate, ThreadsShareOneBucket) {
  RateLimiter limiter;
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) granted += limiter.take(500, begin).granted ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 500);
}

}  // namespace
}  // namespace dcount::keys
