#include <gtest/gtest.h>

#include "sim/links/token_bucket.h"

namespace dcount::sim {
namespace {

using std::chrono::milliseconds;
const TokenBucket::Time start{std::chrono::seconds(100)};

TEST(TokenBucketTest, WithoutARateThereIsNoLimit) { EXPECT_FALSE(TokenBucket().limits()); }

TEST(TokenBucketTest, FillsWithTimeUpToABurst) {
  TokenBucket bucket(1000, start);
  EXPECT_EQ(bucket.available(start), 0u);
  EXPECT_EQ(bucket.available(start + milliseconds(10)), 10u);
  EXPECT_EQ(bucket.available(start + std::chrono::hours(1)), 40u);
  bucket.spend(40);
  EXPECT_EQ(bucket.available(start + std::chrono::hours(1)), 0u);
}

TEST(TokenBucketTest, SaysWhenHalfABurstMayLeave) {
  TokenBucket bucket(1000, start);
  EXPECT_EQ(bucket.available(start), 0u);
  EXPECT_EQ(bucket.when(5), start + milliseconds(5));
  EXPECT_EQ(bucket.when(5000), start + milliseconds(20));
}

TEST(TokenBucketTest, LetsASingleByteThroughAtTheLowestRate) {
  TokenBucket bucket(0, start);
  EXPECT_TRUE(bucket.limits());
  EXPECT_EQ(bucket.available(start), 0u);
  EXPECT_EQ(bucket.when(100), start + std::chrono::seconds(1));
  EXPECT_EQ(bucket.available(start + std::chrono::seconds(1)), 1u);
}

}  // namespace
}  // namespace dcount::sim
