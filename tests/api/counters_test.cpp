// The counters table of the wire contract, row by row.
#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using Counters = ServingApi;
using nlohmann::json;

TEST_F(Counters, ACreatedCounterIsAtZeroWhereLocationSays) {
  const auto created = post("/cnt/views/");
  EXPECT_EQ(created.status, 201);
  const json body = body_of(created);
  EXPECT_EQ(body["n"], 0);
  const std::string id = body["id"];
  EXPECT_EQ(id.size(), 24u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(created.header("location"), "/cnt/views/" + id);
  EXPECT_EQ(created.header("etag"), "\"1\"");
  EXPECT_EQ(body_of(get("/cnt/views/" + id)), (json{{"n", 0}, {"version", 1}}));
}

TEST_F(Counters, JunkBodiesAreIgnoredAsTheOriginalDoes) {
  EXPECT_EQ(call("POST", "/cnt/views/", "123").status, 201);
  EXPECT_EQ(call("POST", "/cnt/views/", "{\"n\": 7", "Content-Type: text/plain\r\n").status, 201);
  call("PUT", "/cnt/views/a");
  EXPECT_EQ(body_of(call("POST", "/cnt/views/a", "\x01junk", ""))["n"], 1);
}

TEST_F(Counters, AJsonBodySaysWhereACounterBegins) {
  const auto created = post_json("/cnt/views/", R"({"n":5,"min":0,"max":10,"ttl":60})");
  EXPECT_EQ(body_of(created)["n"], 5);
  const std::string path = created.header("location");
  EXPECT_EQ(post(path + "/6").status, 409);
  EXPECT_EQ(post_json("/cnt/views/", R"({"n":11,"max":10})").status, 400);
  EXPECT_EQ(post_json("/cnt/views/", R"({"min":2,"max":1})").status, 400);
}

TEST_F(Counters, IncrementsByOneAndByN) {
  call("PUT", "/cnt/views/home");
  EXPECT_EQ(body_of(post("/cnt/views/home")),
            (json{{"resp", true}, {"n", 1}, {"applied", 1}, {"version", 2}}));
  EXPECT_EQ(body_of(post("/cnt/views/home/"))["n"], 2) << "a trailing / is accepted";
  EXPECT_EQ(body_of(post("/cnt/views/home/40"))["n"], 42);
  EXPECT_EQ(body_of(post("/cnt/views/home/-2"))["n"], 40);
  EXPECT_EQ(body_of(post("/cnt/views/home/-0"))["n"], 40);
  EXPECT_EQ(body_of(post("/cnt/views/home/0/"))["n"], 40);
  EXPECT_EQ(body_of(post_json("/cnt/views/home", R"({"n":2})"))["n"], 42);
}

TEST_F(Counters, AMissingCounterIs404) {
  for (const auto* call_ : {"POST /cnt/views/none", "POST /cnt/views/none/5",
                            "POST /cnt/views/none/reset", "GET /cnt/views/none"}) {
    const std::string line = call_;
    const auto space = line.find(' ');
    const auto answer = call(line.substr(0, space), line.substr(space + 1));
    EXPECT_EQ(answer.status, 404) << line;
    EXPECT_EQ(body_of(answer)["code"], "not_found");
    EXPECT_EQ(body_of(answer)["detail"], "there is no counter: views/none");
    EXPECT_EQ(body_of(answer)["retryable"], "no");
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  }
}

TEST_F(Counters, ANumberBeyond64BitsIs400AndASumBeyondIs409) {
  call("PUT", "/cnt/views/home");
  EXPECT_EQ(post("/cnt/views/home/9223372036854775808").status, 400);
  EXPECT_EQ(post("/cnt/views/home/-9223372036854775809").status, 400);
  EXPECT_EQ(post("/cnt/views/home/99999999999999999999999999").status, 400);
  EXPECT_EQ(body_of(post("/cnt/views/home/9223372036854775807"))["n"], 9223372036854775807);
  const auto overflow = post("/cnt/views/home/1");
  EXPECT_EQ(overflow.status, 409);
  EXPECT_EQ(body_of(overflow)["code"], "overflow");
  EXPECT_EQ(value("views/home"), 9223372036854775807);
  EXPECT_EQ(body_of(post("/cnt/views/home/-9223372036854775808"))["n"], -1);
}

TEST_F(Counters, WhatIsNoNumberIs400) {
  call("PUT", "/cnt/views/home");
  for (const auto* n : {"1.5", "1e3", "abc", "+5", "0x10", "%20", "5%2F6", "--5"}) {
    EXPECT_EQ(post(std::string("/cnt/views/home/") + n).status, 400) << n;
  }
  EXPECT_EQ(value("views/home"), 0);
}

TEST_F(Counters, ResetGoesToZero) {
  call("PUT", "/cnt/views/home", R"({"n":7})", json_type);
  const auto reset = post("/cnt/views/home/reset");
  EXPECT_EQ(body_of(reset), (json{{"resp", true}, {"n", 0}, {"version", 2}}));
  EXPECT_EQ(post("/cnt/views/home/reset/").status, 200);
}

TEST_F(Counters, DeletingTwiceIsNoError) {
  call("PUT", "/cnt/views/home");
  EXPECT_EQ(body_of(call("DELETE", "/cnt/views/home")), (json{{"del", 1}, {"version", 2}}));
  const auto again = call("DELETE", "/cnt/views/home");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(body_of(again)["del"], 0);
  EXPECT_EQ(body_of(call("DELETE", "/cnt/views/never")), (json{{"del", 0}}));
  EXPECT_EQ(call("PUT", "/cnt/views/home").header("etag"), "\"3\"") << "the version goes on";
}

TEST_F(Counters, PutCreatesUnderAChosenIdOrAnswersWhatIsThere) {
  const auto created = call("PUT", "/cnt/views/home", R"({"n":3})", json_type);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.header("location"), "/cnt/views/home");
  const auto again = call("PUT", "/cnt/views/home", R"({"n":9})", json_type);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(body_of(again)["n"], 3);
  EXPECT_EQ(call("PUT", "/cnt/views/home", "", "If-None-Match: *\r\n").status, 412);
}

TEST_F(Counters, CreateTrueCreatesAtZeroFirst) {
  EXPECT_EQ(body_of(post("/cnt/views/home/5?create=true"))["n"], 5);
  EXPECT_EQ(body_of(post("/cnt/views/home?create=true"))["n"], 6);
  EXPECT_EQ(post("/cnt/views/other?create=false").status, 404);
  EXPECT_EQ(post("/cnt/views/other?create=perhaps").status, 400);
}

TEST_F(Counters, BoundsOfACallRejectOrSaturate) {
  call("PUT", "/cnt/stock/a", R"({"n":3})", json_type);
  const auto refused = post("/cnt/stock/a/-5?min=0");
  EXPECT_EQ(refused.status, 409);
  const json problem = body_of(refused);
  EXPECT_EQ(problem["code"], "bound_exceeded");
  EXPECT_EQ(problem["value"], 3);
  EXPECT_EQ(problem["min"], 0);
  EXPECT_EQ(problem["applied"], 0);
  EXPECT_EQ(problem["status"], 409);
  const auto clamped = post("/cnt/stock/a/-5?min=0&on_limit=saturate");
  EXPECT_EQ(body_of(clamped)["n"], 0);
  EXPECT_EQ(body_of(clamped)["applied"], -3);
  EXPECT_EQ(post("/cnt/stock/a/1?min=5&max=2").status, 400);
  EXPECT_EQ(post("/cnt/stock/a/1?on_limit=explode").status, 400);
}

TEST_F(Counters, ATtlEndsACounter) {
  EXPECT_EQ(post("/cnt/rate/a?create=true&ttl=0").status, 400);
  EXPECT_EQ(post("/cnt/rate/a?create=true&ttl=1").status, 200);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (get("/cnt/rate/a").status == 200 && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_EQ(get("/cnt/rate/a").status, 404);
  EXPECT_EQ(body_of(post("/cnt/rate/a?create=true"))["n"], 1);
}

TEST_F(Counters, ListsByPagesWithValues) {
  for (int i = 0; i < 5; ++i) post("/cnt/a/c" + std::to_string(i) + "/7?create=true");
  post("/cnt/b/x?create=true");
  const auto first = body_of(get("/cnt/a/?limit=3"));
  ASSERT_EQ(first["counters"].size(), 3u);
  EXPECT_EQ(first["counters"][0],
            (json{{"collection", "a"}, {"id", "c0"}, {"n", 7}, {"version", 2}}));
  EXPECT_GT(first["revision"], 0);
  const auto second = body_of(get("/cnt/a?limit=3&cursor=" + first["next"].get<std::string>()));
  ASSERT_EQ(second["counters"].size(), 2u);
  EXPECT_EQ(second["counters"][0]["id"], "c3");
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(body_of(get("/cnt/"))["counters"].size(), 6u);
  EXPECT_EQ(body_of(get("/cnt/none/"))["counters"].size(), 0u);
  for (const auto* bad : {"limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=a/b/c"}) {
    EXPECT_EQ(get(std::string("/cnt/?") + bad).status, 400) << bad;
  }
}

TEST_F(Counters, ValuesSurviveARestart) {
  post("/cnt/views/home/41?create=true");
  post("/cnt/views/gone?create=true");
  call("DELETE", "/cnt/views/gone");
  start();
  EXPECT_EQ(body_of(post("/cnt/views/home"))["n"], 42);
  EXPECT_EQ(get("/cnt/views/gone").status, 404);
  EXPECT_EQ(call("PUT", "/cnt/views/gone").header("etag"), "\"4\"");
}

}  // namespace
}  // namespace dcount::api
