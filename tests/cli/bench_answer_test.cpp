// Reading answers, whole and in pieces.
#include "cli/bench_answer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace dcount::cli::bench {
namespace {

using State = Answer::State;

Answer http(std::string_view bytes) { return parse_answer(Protocol::http, bytes); }
Answer redis(std::string_view bytes) { return parse_answer(Protocol::redis, bytes); }

struct Sample {
  Protocol protocol;
  std::string bytes;
  bool good;
};

rc::Gen<Sample> http_sample() {
  return rc::gen::apply(
      [](int status, const std::string& body, const std::string& name, bool more_fields) {
        std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n";
        if (more_fields) bytes += "X-Request-Id: 1\r\nCache-Control: no-store\r\n";
        bytes += name + ": " + std::to_string(body.size()) + "\r\n";
        if (more_fields) bytes += "Connection: keep-alive\r\nETag: \"4\"\r\n";
        return Sample{Protocol::http, bytes + "\r\n" + body, status < 300};
      },
      rc::gen::elementOf(std::vector<int>{200, 201, 404, 409, 503}),
      rc::gen::arbitrary<std::string>(),
      rc::gen::elementOf(
          std::vector<std::string>{"Content-Length", "content-length", "CONTENT-LENGTH"}),
      rc::gen::arbitrary<bool>());
}

rc::Gen<Sample> redis_sample() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(),
                   [](std::int64_t n) {
                     return Sample{Protocol::redis, ":" + std::to_string(n) + "\r\n", true};
                   }),
      rc::gen::map(rc::gen::arbitrary<std::string>(),
                   [](const std::string& text) {
                     return Sample{Protocol::redis,
                                   "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n",
                                   true};
                   }),
      rc::gen::element(Sample{Protocol::redis, "+OK\r\n", true},
                       Sample{Protocol::redis, "$-1\r\n", true},
                       Sample{Protocol::redis, "-ERR not an integer\r\n", false}));
}

void every_prefix_is_partial(const Sample& sample) {
  for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
    const Answer answer = parse_answer(sample.protocol, sample.bytes.substr(0, size));
    RC_ASSERT(answer.state == State::partial);
  }
  for (const std::string& next : {std::string(), sample.bytes, std::string("\0x", 2)}) {
    const std::string bytes = sample.bytes + next;
    const Answer answer = parse_answer(sample.protocol, bytes);
    RC_ASSERT(answer.state == State::complete);
    RC_ASSERT(answer.size == sample.bytes.size());
    RC_ASSERT(answer.good == sample.good);
  }
}

RC_GTEST_PROP(BenchAnswer, AnHttpAnswerIsCompleteAtItsLastByteAndNotBefore, ()) {
  every_prefix_is_partial(*http_sample());
}

RC_GTEST_PROP(BenchAnswer, ARedisAnswerIsCompleteAtItsLastByteAndNotBefore, ()) {
  every_prefix_is_partial(*redis_sample());
}

TEST(BenchAnswer, TellsThatTheServerWillClose) {
  EXPECT_TRUE(http("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").close);
  EXPECT_FALSE(http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").close);
  EXPECT_TRUE(http("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").close);
}

TEST(BenchAnswer, NoContentNeedsNoLength) {
  EXPECT_EQ(http("HTTP/1.1 204 No Content\r\n\r\n").state, State::complete);
}

TEST(BenchAnswer, WhatCannotBeFramedIsMalformed) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 2\r\n", "<html>",
        "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    EXPECT_EQ(http(bytes).state, State::malformed) << bytes;
  }
  for (const char* bytes : {"*1\r\n", "$-2\r\n", "$x\r\n", "\n", "hello\r\n"}) {
    EXPECT_EQ(redis(bytes).state, State::malformed) << bytes;
  }
}

TEST(BenchAnswer, ErrorsAreLabelledByStatusOrFirstWord) {
  EXPECT_EQ(error_label(http("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")), "503");
  EXPECT_EQ(error_label(redis("-WRONGTYPE Operation against a key\r\n")), "WRONGTYPE");
}

TEST(BenchAnswer, FindsTheValueOfACounterAndTheCountOfATenant) {
  const auto body = [](const std::string& text) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
  };
  const auto http_value = [&](const std::string& text) {
    const std::string bytes = body(text);
    return value_of(Protocol::http, http(bytes));
  };
  EXPECT_EQ(http_value(R"({"n":7})"), 7);
  EXPECT_EQ(http_value(R"({"version":3,"n": -12})"), -12);
  EXPECT_EQ(http_value(R"({"n":"9223372036854775807"})"), INT64_MAX);
  EXPECT_EQ(http_value(R"({"resp":true})"), std::nullopt);
  EXPECT_EQ(http_value(R"({"count": 3})"), 3);
  EXPECT_EQ(value_of(Protocol::http, http("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")), 0);
  EXPECT_EQ(value_of(Protocol::http, http("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")),
            std::nullopt);
  EXPECT_EQ(value_of(Protocol::redis, redis("$2\r\n42\r\n")), 42);
  EXPECT_EQ(value_of(Protocol::redis, redis("$-1\r\n")), 0);
}

}  // namespace
}  // namespace dcount::cli::bench
