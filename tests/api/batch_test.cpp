#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using Batch = ServingApi;
using nlohmann::json;

TEST_F(Batch, AnswersEveryOpInOrder) {
  const auto answer = post_json(
      "/batch", R"({"ops":[{"create":"a/x","n":5},{"add":"a/x","n":2},{"add":"a/y","create":true},
                           {"read":"a/x"},{"reset":"a/x"},{"delete":"a/y"}]})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json results = body_of(answer)["results"];
  EXPECT_EQ(results[0], (json{{"n", 5}, {"applied", 0}, {"version", 1}, {"created", true}}));
  EXPECT_EQ(results[1], (json{{"n", 7}, {"applied", 2}, {"version", 2}}));
  EXPECT_EQ(results[2]["n"], 1);
  EXPECT_EQ(results[3]["n"], 7);
  EXPECT_EQ(results[4]["n"], 0);
  EXPECT_EQ(results[5]["del"], 1);
}

TEST_F(Batch, ARefusalNamesItsOpAndNothingHappens) {
  call("PUT", "/cnt/a/x");
  const auto missing = post_json("/batch", R"({"ops":[{"add":"a/x"},{"add":"a/none"}]})");
  EXPECT_EQ(missing.status, 409);
  EXPECT_EQ(body_of(missing)["index"], 1);
  EXPECT_EQ(body_of(missing)["code"], "not_found");
  EXPECT_EQ(body_of(missing)["detail"], "there is no counter: op 1");
  const auto bound = post_json("/batch", R"({"ops":[{"add":"a/x","n":9,"max":5}]})");
  EXPECT_EQ(bound.status, 409);
  EXPECT_EQ(body_of(bound)["index"], 0);
  EXPECT_EQ(body_of(bound)["max"], 5);
  EXPECT_EQ(body_of(bound)["value"], 0);
  const auto version = post_json("/batch", R"({"ops":[{"add":"a/x","if_version":7}]})");
  EXPECT_EQ(version.status, 409);
  EXPECT_EQ(body_of(version)["code"], "precondition_failed");
  EXPECT_EQ(value("a/x"), 0);
}

TEST_F(Batch, IsAtMostAThousandOps) {
  json body{{"ops", json::array()}};
  for (int i = 0; i < 1000; ++i) {
    body["ops"].push_back({{"add", "a/c" + std::to_string(i)}, {"create", true}});
  }
  EXPECT_EQ(post_json("/batch", body.dump()).status, 200);
  body["ops"].push_back({{"add", "a/one-more"}, {"create", true}});
  EXPECT_EQ(post_json("/batch", body.dump()).status, 400);
  EXPECT_EQ(value("a/c0"), 1);
  EXPECT_EQ(post_json("/batch", R"({"ops":[]})").status, 200);
}

TEST_F(Batch, MalformedOpsAreNamed) {
  for (const auto* ops :
       {R"([1])", R"([{}])", R"([{"add":5}])", R"([{"add":"x"}])", R"([{"add":"a/b/c"}])",
        R"([{"add":"a/x","reset":"a/x"}])", R"([{"add":"a/x","n":1.5}])",
        R"([{"add":"a/x","min":2,"max":1}])", R"({"add":"a/x"})", R"("x")"}) {
    const auto answer = post_json("/batch", std::string(R"({"ops":)") + ops + "}");
    EXPECT_EQ(answer.status, 400) << ops;
  }
  EXPECT_EQ(post_json("/batch", "{}").status, 400);
  EXPECT_EQ(call("POST", "/batch", R"({"ops":[]})").status, 400) << "without Content-Type";
  const auto second = post_json("/batch", R"({"ops":[{"add":"a/x","create":true},{"add":7}]})");
  EXPECT_NE(body_of(second)["detail"].get<std::string>().find("op 1"), std::string::npos);
  EXPECT_EQ(value("a/x"), -1);
}

TEST_F(Batch, ConditionsOfOneCounterAreRefused) {
  EXPECT_EQ(post_json("/batch", R"({"ops":[]})", "If-Match: \"1\"\r\n").status, 400);
}

TEST_F(Batch, TakesIntsAsStrings) {
  const auto answer =
      post_json("/batch?ints=string", R"({"ops":[{"add":"a/x","n":"5","create":true}]})");
  EXPECT_EQ(body_of(answer)["results"][0]["n"], "5");
}

}  // namespace
}  // namespace dcount::api
