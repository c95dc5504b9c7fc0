// The ground rules of the wire contract, on real routes.
#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using GroundRules = ServingApi;

TEST_F(GroundRules, IntsAreStringsOnDemandAndBothAreAcceptedOnInput) {
  call("PUT", "/cnt/views/home", R"({"n":"9007199254740993"})", json_type);
  const auto answer = get("/cnt/views/home?ints=string");
  EXPECT_EQ(body_of(answer)["n"], "9007199254740993");
  EXPECT_EQ(body_of(answer)["version"], "1");
  EXPECT_EQ(body_of(get("/cnt/views/home"))["n"], 9007199254740993);
  EXPECT_EQ(body_of(get("/cnt/views/?ints=string"))["counters"][0]["n"], "9007199254740993");
  EXPECT_EQ(get("/cnt/views/home?ints=roman").status, 400);
}

TEST_F(GroundRules, ARepeatedKnownParameterIs400AndAnUnknownOneIgnored) {
  EXPECT_EQ(post("/cnt/views/home?create=true&create=true").status, 400);
  EXPECT_EQ(post("/cnt/views/home?create=true&color=red&color=blue").status, 200);
  EXPECT_EQ(post_json("/cnt/views/home?min=0", R"({"min":0})").status, 400);
  EXPECT_EQ(get("/cnt/views/home?ints=string&ints=string").status, 400);
}

TEST_F(GroundRules, ReadsCanBeStaleOrLinearizableAndNothingElse) {
  call("PUT", "/cnt/views/home");
  EXPECT_EQ(get("/cnt/views/home?consistency=stale").status, 200);
  EXPECT_EQ(get("/cnt/views/?consistency=linearizable").status, 200);
  EXPECT_EQ(get("/cnt/views/home?consistency=some").status, 400);
}

TEST_F(GroundRules, JsonThatIsNoneIs400WhenItSaysItIsJson) {
  call("PUT", "/cnt/views/home");
  for (const auto* body :
       {"{", "[]", "7", "{\"n\":1.5}", "{\"n\":1e3}", "{\"n\":true}", "{\"n\":9223372036854775808}",
        "{\"n\":\"x\"}", "{\"create\":\"x\"}", "{\"n\":\"\xff\"}", "\xff\xfe"}) {
    const auto answer = post_json("/cnt/views/home", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(body_of(answer)["code"], "malformed") << body;
  }
  EXPECT_EQ(value("views/home"), 0);
  EXPECT_EQ(body_of(post_json("/cnt/views/home", R"({"n":-0})"))["n"], 0);
  EXPECT_EQ(body_of(post_json("/cnt/views/home", R"({"n":-3,"unknown":[1]})"))["n"], -3);
}

TEST_F(GroundRules, DeepNestingIsRefusedAndHarmless) {
  call("PUT", "/cnt/views/home");
  const std::string deep(100'000, '[');
  EXPECT_EQ(post_json("/cnt/views/home", "{\"n\":" + deep).status, 400);
  EXPECT_EQ(post_json("/cnt/views/home", "{\"x\":" + deep + std::string(100'000, ']') + "}").status,
            400);
  EXPECT_EQ(value("views/home"), 0);
}

TEST_F(GroundRules, NamesAreCheckedAfterDecodingOnce) {
  for (const auto* bad : {"/cnt/a-b/", "/cnt/%C3%A4/", "/cnt/a%2Fb/", "/cnt/views/a%20b",
                          "/cnt/views/a%2Fb", "/cnt/views/reset", "/cnt/views/batch",
                          "/cnt/views/..", "/cnt/views/.", "/cnt/views/%252e", "/cnt/views/%FF"}) {
    EXPECT_EQ(post(bad).status, 400) << bad;
  }
  EXPECT_EQ(post("/cnt/" + std::string(129, 'a') + "/").status, 400);
  EXPECT_EQ(post("/cnt/views/" + std::string(129, 'a')).status, 400);
  EXPECT_EQ(post("/cnt/vie%77s/hom%65?create=true").status, 200);
  EXPECT_EQ(value("views/home"), 1);
}

TEST_F(GroundRules, WrongMethodsAre405WithAllow) {
  const auto answer = call("PATCH", "/cnt/views/home");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, PUT, POST, DELETE");
  EXPECT_EQ(body_of(answer)["code"], "method_not_allowed");
  EXPECT_EQ(call("GET", "/batch").status, 405);
  EXPECT_EQ(call("OPTIONS", "/cnt/views/home").status, 405) << "CORS is off by default";
  EXPECT_EQ(call("GET", "/nothing/here").status, 404);
}

TEST_F(GroundRules, BrowsersMayCallFromTheOriginThatIsAllowed) {
  settings_.cors_origin = "https://shop.example";
  start();
  const auto preflight = call("OPTIONS", "/cnt/views/home");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(preflight.header("access-control-allow-methods"), "GET, HEAD, PUT, POST, DELETE");
  const auto answer = get("/cnt/views/none");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(call("PATCH", "/cnt/views/home").status, 405);
}

TEST_F(GroundRules, HeadIsAnsweredWhereGetIs) {
  call("PUT", "/cnt/views/home");
  const auto head = call("HEAD", "/cnt/views/home");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("etag"), "\"1\"");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(call("HEAD", "/cnt/views/none").status, 404);
}

TEST_F(GroundRules, EveryAnswerCarriesARequestId) {
  for (const auto* target : {"/health", "/cnt/views/none", "/nothing", "/metrics"}) {
    EXPECT_NE(get(target).header("x-request-id"), "") << target;
  }
  const auto own = call("GET", "/cnt/views/none", "", "X-Request-Id: trace-7\r\n");
  EXPECT_EQ(own.header("x-request-id"), "trace-7");
}

TEST_F(GroundRules, ABodyIsAtMostAMegabyteAndABatchEight) {
  const std::string megabyte(1 << 20, 'x');
  call("PUT", "/cnt/views/home");
  EXPECT_EQ(call("POST", "/cnt/views/home", megabyte).status, 200) << "junk, ignored";
  EXPECT_EQ(call("POST", "/cnt/views/home", megabyte + "x").status, 413);
  EXPECT_EQ(post_json("/batch", R"({"ops":[],"x":")" + megabyte + "\"}").status, 200);
}

TEST_F(GroundRules, ReadsTakeAConsistencyParameter) {
  call("PUT", "/cnt/views/home");
  EXPECT_EQ(get("/cnt/views/home?consistency=stale").status, 200);
}

TEST_F(GroundRules, PipelinedCallsAreExecutedAndAnsweredInOrder) {
  std::string requests = "PUT /cnt/views/p HTTP/1.1\r\nHost: test\r\n\r\n";
  for (int i = 0; i < 40; ++i) {
    requests += "POST /cnt/views/p HTTP/1.1\r\nHost: test\r\n\r\n";
    requests += "GET /cnt/views/p HTTP/1.1\r\nHost: test\r\n\r\n";
  }
  connection_->send(requests);
  EXPECT_EQ(connection_->read_answer()->status, 201);
  for (int i = 1; i <= 40; ++i) {
    EXPECT_EQ(body_of(*connection_->read_answer())["n"], i);
    EXPECT_EQ(body_of(*connection_->read_answer())["n"], i) << "a read sees the write before it";
  }
}

}  // namespace
}  // namespace dcount::api
