// /items of the wire contract, row by row.
#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using nlohmann::json;

struct Items : ServingApi {
  test::RawAnswer add(const std::string& body) { return call("POST", "/items", body); }
  test::RawAnswer add_all(const json& items) { return add(items.dump()); }
  std::int64_t count(const std::string& tenant) {
    return body_of(get("/items/" + tenant + "/count"))["count"];
  }
  std::string detail(const test::RawAnswer& answer) {
    return body_of(answer).value("detail", "none");
  }
};

TEST_F(Items, AreCountedPerTenant) {
  const auto added = call("POST", "/items", R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"t"},
                                                {"id":"a","tenant":"u"}])",
                          "Content-Type: application/x-www-form-urlencoded\r\n");
  EXPECT_EQ(added.status, 200) << added.body;
  EXPECT_EQ(added.body, R"({"message":"Success"})");
  EXPECT_EQ(added.header("content-type"), "application/json");
  EXPECT_EQ(added.header("items-added"), "3");
  const auto counted = get("/items/t/count");
  EXPECT_EQ(counted.body, R"({"count":2})");
  EXPECT_EQ(counted.header("content-type"), "application/json");
  EXPECT_EQ(count("u"), 1);
  EXPECT_EQ(get("/items/never/count").body, R"({"count":0})");
}

TEST_F(Items, ARepeatedIdCountsOnce) {
  add(R"([{"id":"a","tenant":"t"},{"id":"a","tenant":"t"}])");
  const auto again = add(R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"t"}])");
  EXPECT_EQ(again.header("items-added"), "1");
  EXPECT_EQ(count("t"), 2);
}

TEST_F(Items, MembersAreFoundInAnyCaseAndOthersIgnored) {
  const auto added = add(R"([{"ID":"a","Tenant":"t","more":{"id":7,"x":[null]},"n":1.5},
                             {"iD":"b","TENANT":"t","ids":[1]},
                             {"id":"x","tenant":"t","id":"c"}, {"id":"d","tenant":"t","id":null}])");
  EXPECT_EQ(added.status, 200) << added.body;
  EXPECT_EQ(body_of(get("/items/t"))["items"], (json{"a", "b", "c", "d"}));
}

TEST_F(Items, BothValuesAreRequired) {
  for (const auto* item :
       {R"({"id":"","tenant":"t"})", R"({"id":"a","tenant":""})", R"({"id":"a"})",
        R"({"tenant":"t"})", R"({"id":null,"tenant":"t"})", R"({})"}) {
    const auto answer = add(std::string(R"([{"id":"a","tenant":"t"},)") + item + "]");
    EXPECT_EQ(answer.status, 400) << item;
    EXPECT_NE(detail(answer).find("both values are required"), std::string::npos) << item;
    EXPECT_NE(detail(answer).find("item 1"), std::string::npos) << item;
  }
  EXPECT_EQ(count("t"), 0) << "all or nothing";
}

TEST_F(Items, MalformedBodiesAre400AndNothingIsStored) {
  for (const auto* body : {"",
                           "null",
                           "7",
                           "\"x\"",
                           "true",
                           "{}",
                           R"({"id":"a","tenant":"t"})",
                           "[",
                           "[1]",
                           R"(["a"])",
                           "[null]",
                           "[[]]",
                           R"([{"id":"a","tenant":"t"}] x)",
                           R"([{"id":"a","tenant":"t"},])",
                           R"([{"id":1,"tenant":"t"}])",
                           R"([{"id":"a","tenant":true}])",
                           R"([{"id":["a"],"tenant":"t"}])",
                           R"([{"id":{},"tenant":"t"}])",
                           R"([{"id":"a","tenant":1.5}])",
                           "[{\"id\":\"\xff\",\"tenant\":\"t\"}]",
                           R"([{"id":"\ud800","tenant":"t"}])",
                           R"([{"id":"a","tenant":"t\u0000"}])"}) {
    const auto answer = add(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(body_of(answer)["code"], "malformed") << body;
  }
  EXPECT_EQ(detail(add(R"([{"id":1,"tenant":"t"}])")), "item 0: 'id' must be a string");
  EXPECT_EQ(count("t"), 0);
}

TEST_F(Items, DeepNestingIsRefusedAndHarmless) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(add(deep).status, 400);
  EXPECT_EQ(add(R"([{"id":"a","tenant":"t","x":)" + deep).status, 400);
  const std::string closed = deep + std::string(deep.size(), ']');
  const auto refused = add(R"([{"id":"a","tenant":"t","x":)" + closed + "}]");
  EXPECT_EQ(detail(refused), "the body is nested deeper than 64 levels");
  EXPECT_EQ(count("t"), 0);
}

TEST_F(Items, AFaultQuotesLittleOfALongBody) {
  const auto answer = add("[{\"id\":\"" + std::string(1'000'000, 'x'));
  EXPECT_EQ(answer.status, 400);
  EXPECT_LT(answer.body.size(), 1000u);
}

TEST_F(Items, NamesHaveUpTo256Bytes) {
  const std::string longest(256, 'x');
  EXPECT_EQ(add_all(json{{{"id", longest}, {"tenant", longest}}}).status, 200);
  EXPECT_EQ(count(longest), 1);
  for (const json& item : {json{{"id", longest + 'x'}, {"tenant", "t"}},
                           json{{"id", "a"}, {"tenant", longest + 'x'}}}) {
    const auto answer = add_all(json::array({item}));
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(detail(answer).find("at most 256 bytes"), std::string::npos);
  }
  EXPECT_EQ(get("/items/" + longest + "x/count").status, 400);
}

TEST_F(Items, ARequestHasUpTo10000) {
  json items = json::array();
  for (int i = 0; i < 10'000; ++i) items.push_back({{"id", std::to_string(i)}, {"tenant", "t"}});
  EXPECT_EQ(add_all(items).header("items-added"), "10000");
  items.push_back({{"id", "one more"}, {"tenant", "t"}});
  const auto refused = add_all(items);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(detail(refused), "a request has at most 10000 items");
  EXPECT_EQ(count("t"), 10'000);
}

TEST_F(Items, ABodyHasUpTo8Megabytes) {
  std::string body = R"([{"id":"a","tenant":"t"}])";
  body.resize(std::size_t{8} << 20, ' ');
  EXPECT_EQ(add(body).status, 200);
  EXPECT_EQ(add(body + ' ').status, 413);
}

TEST_F(Items, AnEmptyListIsASuccess) {
  const auto answer = add("[]");
  EXPECT_EQ(answer.body, R"({"message":"Success"})");
  EXPECT_EQ(answer.header("items-added"), "0");
}

TEST_F(Items, TenantsAreAnyUtf8AndPercentEncodedInPaths) {
  add_all(json{{{"id", "a"}, {"tenant", "Ümläut/& 100%"}}, {{"id", "b"}, {"tenant", "count"}}});
  EXPECT_EQ(count("%C3%9Cml%C3%A4ut%2F%26%20100%25"), 1);
  EXPECT_EQ(count("count"), 1);
  for (const auto* bad : {"%FF", "%C3", "%ED%A0%80", "%00", "%"}) {
    EXPECT_EQ(get(std::string("/items/") + bad + "/count").status, 400) << bad;
    EXPECT_EQ(get(std::string("/items/") + bad).status, 400) << bad;
  }
}

TEST_F(Items, AreListedByPagesInTheOrderTheyCame) {
  const json wanted{"z", "a\"\\\n", "ä", "b", "c\x7f"};
  for (const json& id : wanted) add_all(json{{{"id", id}, {"tenant", "t"}}});
  const auto all = body_of(get("/items/t/"));
  EXPECT_EQ(all["items"], wanted);
  EXPECT_TRUE(all["next"].is_null());
  EXPECT_EQ(all["count"], 5);
  EXPECT_GT(all["revision"], 0);

  const auto first = body_of(get("/items/t?limit=2"));
  EXPECT_EQ(first["items"], (json{"z", "a\"\\\n"}));
  EXPECT_EQ(first["count"], 5);
  const auto second = body_of(get("/items/t?limit=2&cursor=" + first["next"].get<std::string>()));
  EXPECT_EQ(second["items"], (json{"ä", "b"}));
  const auto third = body_of(get("/items/t?limit=2&cursor=" + second["next"].get<std::string>()));
  EXPECT_EQ(third["items"], (json{"c\x7f"}));
  EXPECT_TRUE(third["next"].is_null());

  EXPECT_EQ(body_of(get("/items/none"))["items"], json::array());
  for (const auto* bad : {"limit=0", "limit=1001", "cursor=x", "cursor=-1", "cursor=0"}) {
    EXPECT_EQ(get(std::string("/items/t?") + bad).status, 400) << bad;
  }
}

TEST_F(Items, ACountHasTheTenantsVersion) {
  EXPECT_EQ(get("/items/t/count").header("etag"), "");
  add(R"([{"id":"a","tenant":"t"}])");
  const std::string etag = get("/items/t/count").header("etag");
  EXPECT_NE(etag, "");
  EXPECT_EQ(call("GET", "/items/t/count", "", "If-None-Match: " + etag + "\r\n").status, 304);
  add(R"([{"id":"b","tenant":"t"}])");
  EXPECT_EQ(call("GET", "/items/t/count", "", "If-None-Match: " + etag + "\r\n").status, 200);
  EXPECT_EQ(call("HEAD", "/items/t/count").status, 200);
}

TEST_F(Items, IntsMayBeStrings) {
  EXPECT_EQ(get("/items/t/count?ints=string").body, R"({"count":"0"})");
}

TEST_F(Items, HaveNoVersionToDemand) {
  EXPECT_EQ(call("POST", "/items", "[]", "If-Match: \"1\"\r\n").status, 400);
}

TEST_F(Items, SurviveARestart) {
  add(R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"t"},{"id":"c","tenant":"u"}])");
  start();
  EXPECT_EQ(count("t"), 2);
  EXPECT_EQ(add(R"([{"id":"b","tenant":"t"}])").header("items-added"), "0");
  EXPECT_EQ(body_of(get("/items/t"))["items"], (json{"a", "b"}));
}

}  // namespace
}  // namespace dcount::api
