// The client's pure parts: URLs, endpoints to avoid, encoding, delays, decoding.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <set>

#include "client/decode.h"
#include "client/endpoint_pool.h"
#include "client/random.h"
#include "client/sigpipe_blocked.h"
#include "client/uri.h"

namespace dcount::client {
namespace {

TEST(SigpipeBlocked, AWriteToAClosedPipeIsAnErrorAndTheSignalGoesNowhere) {
  const auto before = ::signal(SIGPIPE, SIG_DFL);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  {
    const SigpipeBlocked blocked;
    EXPECT_EQ(::write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
  }
  ::close(ends[1]);
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(::sigismember(&mask, SIGPIPE), 0);
  ::signal(SIGPIPE, before);
}

using std::chrono::milliseconds;

TEST(Endpoints, SeveralAreSeparatedByCommas) {
  auto endpoints = parse_endpoints("http://a:1,http://b.example:2/,c,http://[::1]:3,http://d");
  ASSERT_TRUE(endpoints);
  std::vector<Endpoint> expected{{"a", 1}, {"b.example", 2}, {"c", 8080}, {"::1", 3}, {"d", 8080}};
  EXPECT_EQ(*endpoints, expected);
}

TEST(Endpoints, UrlReadsBackAsItself) {
  for (const char* url : {"http://a:1", "http://[::1]:80"}) {
    EXPECT_EQ(parse_endpoints(url).value().front().url(), url);
  }
}

TEST(Endpoints, WhatIsNoAddressIsRefused) {
  for (const char* url : {"", ",", "http://", "https://a", "http://a:0", "http://a:65536",
                          "http://a:x", "http://a:", "http://a/path", "http://key@a:1", "a b",
                          "http://[::1", "http://a:1,", "http://a\r\nX: 1"}) {
    EXPECT_FALSE(parse_endpoints(url)) << url;
  }
}

TEST(EndpointPool, FailedEndpointIsAvoidedForAWhile) {
  EndpointPool pool({{"a", 1}, {"b", 2}}, 0);
  TimePoint now{};
  now += milliseconds(1);
  EXPECT_EQ(pool.pick(now), 0u);
  pool.failed(0, now);
  EXPECT_EQ(pool.pick(now), 1u);
  EXPECT_EQ(pool.pick(now + avoid_time_min - milliseconds(1)), 1u);
  EXPECT_EQ(pool.pick(now + avoid_time_min), 0u);
}

TEST(EndpointPool, AvoidedTimeDoublesUpToItsBound) {
  EndpointPool pool({{"a", 1}, {"b", 2}}, 0);
  TimePoint now{};
  now += milliseconds(1);
  pool.failed(0, now);
  pool.failed(0, now);
  EXPECT_EQ(pool.pick(now + avoid_time_min), 1u);
  EXPECT_EQ(pool.pick(now + 2 * avoid_time_min), 0u);
  for (int i = 0; i < 100; ++i) pool.failed(0, now);
  EXPECT_EQ(pool.pick(now + avoid_time_max), 0u);
}

TEST(EndpointPool, StaysWithTheOneThatAnswered) {
  EndpointPool pool({{"a", 1}, {"b", 2}}, 0);
  TimePoint now{};
  now += milliseconds(1);
  pool.failed(0, now);
  pool.succeeded(1);
  EXPECT_EQ(pool.pick(now + avoid_time_max), 1u);
}

TEST(EndpointPool, WhenAllHaveFailedTheFirstToComeBackIsPicked) {
  EndpointPool pool({{"a", 1}, {"b", 2}}, 0);
  TimePoint now{};
  now += milliseconds(1);
  pool.failed(0, now);
  pool.failed(0, now);
  pool.failed(1, now);
  EXPECT_FALSE(pool.any_healthy(now));
  EXPECT_EQ(pool.pick(now), 1u);
}

RC_GTEST_PROP(Uri, EncodedTextIsPlainAndDecodesToItself, (const std::string& text)) {
  std::string encoded = percent_encode(text);
  std::string decoded;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    RC_ASSERT(std::isalnum(static_cast<unsigned char>(encoded[i])) ||
              std::string_view("-._~%").find(encoded[i]) != std::string_view::npos);
    if (encoded[i] == '%') {
      decoded += static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += encoded[i];
    }
  }
  RC_ASSERT(decoded == text);
}

TEST(Uri, QueryJoinsParameters) {
  Query query;
  EXPECT_EQ(query.text(), "");
  query.add("min", std::int64_t{-5});
  query.add("a b", "c&d");
  EXPECT_EQ(query.text(), "?min=-5&a%20b=c%26d");
}

TEST(RandomKey, HasOneHundredAndTwentyEightBitsInHex) {
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    std::string key = random_key();
    EXPECT_EQ(key.size(), 32u);
    EXPECT_EQ(key.find_first_not_of("0123456789abcdef"), std::string::npos);
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 1000u);
}

RC_GTEST_PROP(Jitter, DelayGrowsWithinItsBounds, (std::uint64_t seed)) {
  Jitter jitter(seed);
  for (std::size_t failures = 1; failures < 100; ++failures) {
    auto full = failures > 6 ? retry_delay_max : retry_delay_min * (1 << (failures - 1));
    auto delay = jitter.delay(failures);
    RC_ASSERT(delay >= full / 2 - milliseconds(1));
    RC_ASSERT(delay <= std::min(full, retry_delay_max));
  }
}

RC_GTEST_PROP(Decode, EveryInteger64IsExact, (std::int64_t n)) {
  auto text = std::to_string(n);
  RC_ASSERT(decode_counter("{\"n\":" + text + "}")->n == n);
  RC_ASSERT(decode_counter("{\"n\":\"" + text + "\"}")->n == n);
}

TEST(Decode, ExtremesOfInteger64AreExact) {
  EXPECT_EQ(decode_counter(R"({"n":-9223372036854775808})")->n,
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decode_counter(R"({"n":9223372036854775807})")->n,
            std::numeric_limits<std::int64_t>::max());
}

TEST(Decode, WhatIsNoInteger64IsRefused) {
  for (const char* n : {"9223372036854775808", "1.5", "1e3", "\"x\"", "\"\"", "null", "true", "[]",
                        "\"9223372036854775808\""}) {
    EXPECT_FALSE(decode_counter("{\"n\":" + std::string(n) + "}")) << n;
  }
}

TEST(Decode, DeepNestingIsRefusedNotFollowed) {
  EXPECT_FALSE(decode_counter(std::string(100'000, '[')));
  EXPECT_EQ(decode_problem(std::string(100'000, '[')).code, "");
}

RC_GTEST_PROP(Decode, AnyBytesAreSurvived, (const std::string& bytes)) {
  (void)decode_problem(bytes);
  (void)decode_page(bytes);
  (void)decode_results(bytes);
  (void)decode_removed(bytes);
}

}  // namespace
}  // namespace dcount::client
