// /v1 and /v2 of the wire contract: PEZ's own answers, and what dcount adds.
#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using nlohmann::json;

struct Draws : ServingApi {
  std::string detail(const test::RawAnswer& answer) {
    return body_of(answer).value("detail", "none");
  }
};

TEST_F(Draws, TheLinesOfPezsReadmeAnswerAsTheyDidThere) {
  EXPECT_EQ(get("/v1/forward").body, "1");
  EXPECT_EQ(get("/v1/reverse").body, "9223372036854775807");
  EXPECT_EQ(get("/v2/forward?count=5").body, "[2, 3, 4, 5, 6]");
  EXPECT_EQ(get("/v2/forward").body, "[7]");
  EXPECT_EQ(get("/v2/reverse?count=2").body, "[9223372036854775806, 9223372036854775805]");
  EXPECT_EQ(get("/v2/forward?99").body, "[8]") << "its load test sends this";
  for (const auto* target : {"/v1/forward", "/v2/forward"}) {
    EXPECT_EQ(get(target).status, 200);
    EXPECT_EQ(get(target).header("content-type"), "application/json");
  }
}

TEST_F(Draws, OptionsTellsOfTheResourceAsPezDid) {
  for (const auto* target : {"/v1/forward", "/v2/reverse", "/v2/orders/"}) {
    const auto help = call("OPTIONS", target);
    EXPECT_EQ(help.status, 200) << target;
    EXPECT_EQ(help.header("content-type"), "application/json");
    EXPECT_EQ(help.header("allow"), "GET, POST, OPTIONS");
    EXPECT_TRUE(body_of(help)["description"].is_string());
    EXPECT_TRUE(body_of(help)["verbs"][0].contains("GET"));
    EXPECT_TRUE(body_of(help)["verbs"][1].contains("POST"));
  }
  const json verb = body_of(call("OPTIONS", "/v2/forward"))["verbs"][0];
  EXPECT_EQ(verb["GET"]["parameters"][0]["count"], "1 to 100, 1 when not given") << verb;
}

TEST_F(Draws, WithCorsOptionsIsTheBrowsers) {
  settings_.cors_origin = "*";
  start();
  const auto preflight = call("OPTIONS", "/v2/forward");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("access-control-allow-methods"), "GET, POST");
}

TEST_F(Draws, CountIsWithinTheLimitWhichIsSaid) {
  EXPECT_EQ(detail(get("/v2/forward?count=0")), "'count' must be 1 to 100, not 0");
  EXPECT_EQ(detail(get("/v2/forward?count=101")), "'count' must be 1 to 100, not 101");
  EXPECT_EQ(detail(get("/v2/forward?count=-1")), "'count' must be 1 to 100, not -1");
  for (const auto* word : {"x", "", "1.5", "99999999999999999999", "1e1"}) {
    const auto answer = get(std::string("/v2/forward?count=") + word);
    EXPECT_EQ(answer.status, 400) << word;
    EXPECT_EQ(detail(answer), "'count' must be an integer from 1 to 100") << word;
  }
  EXPECT_EQ(detail(get("/v2/forward?count=1&count=2")), "'count' is given more than once");
  EXPECT_EQ(get("/v2/forward").body, "[1]") << "nothing was taken";
}

TEST_F(Draws, TheLimitIsASetting) {
  settings_.count_max = 1000;
  start();
  EXPECT_EQ(body_of(get("/v2/forward?count=1000")).size(), 1000u);
  EXPECT_EQ(detail(get("/v2/forward?count=1001")), "'count' must be 1 to 1000, not 1001");
}

TEST_F(Draws, V1IgnoresCount) {
  EXPECT_EQ(get("/v1/forward?count=5").body, "1");
  EXPECT_EQ(get("/v1/forward?count=x").body, "2");
}

TEST_F(Draws, PostDrawsToo) {
  EXPECT_EQ(post("/v1/forward").body, "1");
  EXPECT_EQ(post("/v2/forward?count=2").body, "[2, 3]");
  EXPECT_EQ(post_json("/v2/forward", R"({"count":3})").body, "[4, 5, 6]");
  EXPECT_EQ(post_json("/v2/forward", R"({"count":"2"})").body, "[7, 8]");
  EXPECT_EQ(post_json("/v2/forward", R"({"count":101})").status, 400);
  EXPECT_EQ(post_json("/v2/forward?count=1", R"({"count":1})").status, 400);
  EXPECT_EQ(call("POST", "/v2/forward", "junk").body, "[9]");
}

TEST_F(Draws, HeadIs405AndTakesNothing) {
  for (const auto* target : {"/v1/forward", "/v2/forward"}) {
    const auto head = call("HEAD", target);
    EXPECT_EQ(head.status, 405) << target;
    EXPECT_EQ(head.header("allow"), "GET, POST, OPTIONS");
  }
  EXPECT_EQ(get("/v1/forward").body, "1");
}

TEST_F(Draws, NothingDrawnMayBeStored) {
  for (const auto* target : {"/v1/forward", "/v2/forward", "/v1/none", "/v2/none"}) {
    EXPECT_EQ(get(target).header("cache-control"), "no-store") << target;
  }
}

TEST_F(Draws, TheETagIsTheSequencesVersion) {
  const auto first = get("/v1/forward");
  const auto second = get("/v2/forward?count=10");
  EXPECT_EQ(get("/sequences/forward").header("etag"), second.header("etag"));
  EXPECT_NE(first.header("etag"), second.header("etag"));
  EXPECT_NE(first.header("etag"), "");
}

TEST_F(Draws, IntsMayBeStrings) {
  EXPECT_EQ(get("/v1/reverse?ints=string").body, "\"9223372036854775807\"");
  EXPECT_EQ(get("/v2/forward?count=2&ints=string").body, "[\"1\", \"2\"]");
}

TEST_F(Draws, ATrailingSlashIsAccepted) {
  EXPECT_EQ(get("/v1/forward/").body, "1");
  EXPECT_EQ(post("/v2/forward/").body, "[2]");
}

TEST_F(Draws, WhatIsMissingIs404AndWhatIsNoNameIs400) {
  const auto missing = get("/v1/orders");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(body_of(missing)["code"], "not_found");
  EXPECT_EQ(detail(missing), "there is no sequence: orders");
  EXPECT_EQ(post("/v2/orders").status, 404);
  for (const auto* name : {"a%20b", "a%2Fb", "reset", "batch", "..", "%FF", "%C3%A4"}) {
    EXPECT_EQ(get(std::string("/v1/") + name).status, 400) << name;
    EXPECT_EQ(post(std::string("/v2/") + name).status, 400) << name;
  }
}

TEST_F(Draws, PreconditionsAreHonoured) {
  const std::string etag = get("/v1/forward").header("etag");
  EXPECT_EQ(call("GET", "/v1/forward", "", "If-Match: \"77\"\r\n").status, 412);
  EXPECT_EQ(get("/v2/forward?if_version=77").status, 412);
  EXPECT_EQ(call("POST", "/v1/forward", "", "If-Match: " + etag + "\r\n").body, "2");
  EXPECT_EQ(call("POST", "/v1/forward", "", "If-Match: " + etag + "\r\n").status, 412);
  EXPECT_EQ(call("POST", "/v1/forward", "", "If-None-Match: *\r\n").status, 412);
  EXPECT_EQ(get("/v1/forward").body, "3");
}

TEST_F(Draws, WhatCachesSendOnAGetIsIgnored) {
  const std::string etag = get("/v1/forward").header("etag");
  EXPECT_EQ(call("GET", "/v1/forward", "", "If-None-Match: " + etag + "\r\n").body, "2");
  EXPECT_EQ(call("GET", "/v1/forward", "", "If-None-Match: *\r\n").body, "3");
}

TEST_F(Draws, WrapsInTheMiddleOfAListAndSaysSo) {
  call("PUT", "/sequences/up?start=9223372036854775805&cycle=true");
  const auto up = get("/v2/up?count=5");
  EXPECT_EQ(up.body, "[9223372036854775805, 9223372036854775806, 9223372036854775807, 1, 2]");
  EXPECT_EQ(up.header("sequence-wraps"), "1");
  const auto then = get("/v1/up");
  EXPECT_EQ(then.body, "3");
  EXPECT_EQ(then.header("sequence-wraps"), "");

  call("PUT", "/sequences/down?start=2&increment=-1&cycle=true");
  EXPECT_EQ(get("/v2/down?count=5").body,
            "[2, 1, 9223372036854775807, 9223372036854775806, 9223372036854775805]");

  call("PUT", "/sequences/small?max=3&cycle=true");
  const auto often = get("/v2/small?count=8");
  EXPECT_EQ(often.body, "[1, 2, 3, 1, 2, 3, 1, 2]");
  EXPECT_EQ(often.header("sequence-wraps"), "2");
  EXPECT_EQ(body_of(get("/sequences/small"))["wraps"], 2);
}

TEST_F(Draws, TheLowEndOf64BitsIsExact) {
  call("PUT", "/sequences/low",
       R"({"increment":-3,"min":-9223372036854775808,"max":-9223372036854775803})", json_type);
  EXPECT_EQ(get("/v2/low?count=2").body, "[-9223372036854775803, -9223372036854775806]");
  EXPECT_EQ(get("/v1/low").status, 409);
}

TEST_F(Draws, AnExhaustedSequenceIs409AndNothingIsTaken) {
  call("PUT", "/sequences/few?max=3");
  const auto refused = get("/v2/few?count=5");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(body_of(refused)["code"], "exhausted");
  EXPECT_EQ(body_of(refused)["retryable"], "no");
  EXPECT_EQ(get("/v2/few?count=3").body, "[1, 2, 3]");
  EXPECT_EQ(get("/v1/few").status, 409);
  EXPECT_TRUE(body_of(get("/sequences/few"))["next"].is_null());
}

TEST_F(Draws, StepsAreTheDefinitions) {
  call("PUT", "/sequences/tens?start=10&increment=10");
  EXPECT_EQ(get("/v2/tens?count=3").body, "[10, 20, 30]");
  EXPECT_EQ(get("/v1/tens").body, "40");
}

TEST_F(Draws, GoOnAfterARestart) {
  EXPECT_EQ(get("/v2/forward?count=3").body, "[1, 2, 3]");
  start();
  EXPECT_EQ(get("/v1/forward").body, "4");
}

}  // namespace
}  // namespace dcount::api
