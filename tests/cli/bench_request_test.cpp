// The bytes a load run sends.
#include "cli/bench_request.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace dcount::cli::bench {
namespace {

std::string first(const Workload& workload, KeyOrder order = {.sequential = true}) {
  const RequestTemplate request = make_template(workload);
  RequestWriter writer(request, workload.keys, order, 1);
  std::string bytes(writer.size(), '?');
  writer.write(bytes.data());
  return bytes;
}

TEST(BenchRequest, AnIncrementIsAPostOnTheCounter) {
  EXPECT_EQ(first({.host = "h:1"}),
            "POST /cnt/bench/k0?create=true HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(first({.host = "h:1", .by = -3}),
            "POST /cnt/bench/k0/-3?create=true HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n");
}

TEST(BenchRequest, AReadIsAGetWithoutALength) {
  EXPECT_EQ(first({.host = "h:1", .keys = 101, .read = true}),
            "GET /cnt/bench/k000 HTTP/1.1\r\nHost: h:1\r\n\r\n");
}

TEST(BenchRequest, ABatchIsJsonOfTheLengthItSays) {
  const std::string bytes = first({.host = "h:1", .keys = 10, .by = 5, .batch = 2});
  const std::string body = R"({"ops":[{"add":"bench/k0","n":5,"create":true},)"
                           R"({"add":"bench/k1","n":5,"create":true}]})";
  EXPECT_EQ(bytes,
            "POST /batch HTTP/1.1\r\nHost: h:1\r\n"
            "Content-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
}

TEST(BenchRequest, RedisIncrements) {
  const Workload workload{.protocol = Protocol::redis, .keys = 11};
  EXPECT_EQ(first(workload), "*2\r\n$4\r\nINCR\r\n$9\r\nbench:k00\r\n");
  EXPECT_EQ(first({.protocol = Protocol::redis, .by = 20}),
            "*3\r\n$6\r\nINCRBY\r\n$8\r\nbench:k0\r\n$2\r\n20\r\n");
}

TEST(BenchRequest, ANumberIsDrawnAsPezClientsDoIt) {
  EXPECT_EQ(first({.host = "h:1", .sequence = "forward"}),
            "GET /v1/forward HTTP/1.1\r\nHost: h:1\r\n\r\n");
  EXPECT_EQ(first({.host = "h:1", .sequence = "reverse", .batch = 100}),
            "GET /v2/reverse?count=100 HTTP/1.1\r\nHost: h:1\r\n\r\n");
}

TEST(BenchRequest, OtherSequencesThanPezsAreDrawnFromUnderV2) {
  EXPECT_EQ(first({.host = "h:1", .sequence = "invoices"}),
            "GET /v2/invoices HTTP/1.1\r\nHost: h:1\r\n\r\n");
}

TEST(BenchRequest, RedisDrawsOneByIncrAndManyByIncrby) {
  EXPECT_EQ(first({.protocol = Protocol::redis, .sequence = "forward"}),
            "*2\r\n$4\r\nINCR\r\n$13\r\nbench:forward\r\n");
  EXPECT_EQ(first({.protocol = Protocol::redis, .sequence = "forward", .batch = 100}),
            "*3\r\n$6\r\nINCRBY\r\n$13\r\nbench:forward\r\n$3\r\n100\r\n");
}

TEST(BenchRequest, ItemsAreJsonOfTheLengthItSaysAndEachIdIsAnother) {
  const Workload workload{.host = "h:1", .items = true, .keys = 10, .batch = 3, .keyed = true};
  const RequestTemplate request = make_template(workload);
  RequestWriter writer(request, workload.keys, {.sequential = true}, 1);
  std::set<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    std::string bytes(writer.size(), '?');
    writer.write(bytes.data());
    const std::size_t at = bytes.find("\r\n\r\n") + 4;
    const std::string body = bytes.substr(at);
    EXPECT_NE(bytes.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"),
              std::string::npos);
    EXPECT_TRUE(bytes.starts_with("POST /items HTTP/1.1\r\n"));
    const auto items = nlohmann::json::parse(body);
    ASSERT_EQ(items.size(), 3u);
    for (const auto& item : items) ids.insert(item["id"].get<std::string>());
    EXPECT_EQ(items[2]["tenant"], i == 0 ? "bench_k2" : "bench_k5");
  }
  EXPECT_EQ(ids.size(), 6u);
}

TEST(BenchRequest, ATenantIsReadByItsCount) {
  EXPECT_EQ(first({.host = "h:1", .items = true, .read = true}),
            "GET /items/bench_k0/count HTTP/1.1\r\nHost: h:1\r\n\r\n");
}

TEST(BenchRequest, AnotherTargetIsSentAsItIs) {
  EXPECT_EQ(first({.host = "h:1", .target = "GET /INCR/{key}"}),
            "GET /INCR/k0 HTTP/1.1\r\nHost: h:1\r\n\r\n");
}

TEST(BenchRequest, EveryIdempotencyKeyIsAnother) {
  const RequestTemplate request = make_template({.keyed = true});
  std::set<std::string> seen;
  for (const std::uint64_t run : {1, 2}) {
    RequestWriter writer(request, 1, {}, run);
    for (int i = 0; i < 100; ++i) {
      std::string bytes(writer.size(), '?');
      writer.write(bytes.data());
      seen.insert(bytes.substr(request.fresh_holes.at(0), 16));
    }
  }
  EXPECT_EQ(seen.size(), 200u);
}

RC_GTEST_PROP(BenchRequest, SequentialKeysComeOnceEach, ()) {
  const auto keys = *rc::gen::inRange<std::uint64_t>(1, 300);
  const auto from = *rc::gen::inRange<std::uint64_t>(0, 300);
  const RequestTemplate request = make_template({.keys = keys});
  RequestWriter writer(request, keys, {.sequential = true, .first = from}, 1);
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < keys; ++i) {
    std::string bytes(writer.size(), '?');
    writer.write(bytes.data());
    seen.insert(bytes);
  }
  RC_ASSERT(seen.size() == keys);
}

TEST(BenchRequest, RandomKeysReachThemAllEvenlyAndFollowTheSeed) {
  constexpr std::uint64_t keys = 10;
  const RequestTemplate request = make_template({.keys = keys});
  RequestWriter writer(request, keys, {.seed = 7}, 1);
  RequestWriter same(request, keys, {.seed = 7}, 2);
  std::map<std::string, int> count;
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes(writer.size(), '?'), again = bytes;
    writer.write(bytes.data());
    same.write(again.data());
    ASSERT_EQ(bytes, again);
    ++count[bytes];
  }
  ASSERT_EQ(count.size(), keys);
  for (const auto& [bytes, times] : count) EXPECT_NEAR(times, 1000, 200);
}

}  // namespace
}  // namespace dcount::cli::bench
