#include "server/api/conditions.h"

#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using Conditions = ServingApi;

TEST_F(Conditions, IfMatchIsComparedWithTheVersion) {
  const auto created = call("PUT", "/cnt/a/x");
  EXPECT_EQ(call("POST", "/cnt/a/x", "", "If-Match: \"7\"\r\n").status, 412);
  EXPECT_EQ(call("POST", "/cnt/a/x", "", "If-Match: " + created.header("etag") + "\r\n").status,
            200);
  EXPECT_EQ(call("POST", "/cnt/a/x/reset", "", "If-Match: \"1\"\r\n").status, 412);
  EXPECT_EQ(call("DELETE", "/cnt/a/x", "", "If-Match: \"1\"\r\n").status, 412);
  EXPECT_EQ(call("DELETE", "/cnt/a/x", "", "If-Match: *\r\n").status, 200);
  EXPECT_EQ(call("POST", "/cnt/a/x?create=true", "", "If-Match: *\r\n").status, 412);
}

TEST_F(Conditions, ACreationWithoutAnIdMeetsNoVersion) {
  EXPECT_EQ(call("POST", "/cnt/a/", "", "If-Match: *\r\n").status, 412);
  EXPECT_EQ(post("/cnt/a/?if_version=5").status, 412);
  EXPECT_EQ(post("/cnt/a/?if_version=0").status, 201);
}

TEST_F(Conditions, AForeignOrWeakTagMatchesNothing) {
  call("PUT", "/cnt/a/x");
  for (const auto* tag : {"\"abc\"", "W/\"1\"", "1", "\"\"", "\"-1\""}) {
    EXPECT_EQ(call("POST", "/cnt/a/x", "", std::string("If-Match: ") + tag + "\r\n").status, 412)
        << tag;
  }
  EXPECT_EQ(call("POST", "/cnt/a/x", "", "If-Match: \"1\", \"2\"\r\n").status, 400);
  EXPECT_EQ(value("a/x"), 0);
}

TEST_F(Conditions, IfVersionStandsInTheQueryOrInTheBody) {
  call("PUT", "/cnt/a/x");
  EXPECT_EQ(post("/cnt/a/x?if_version=2").status, 412);
  EXPECT_EQ(post("/cnt/a/x?if_version=1").status, 200);
  EXPECT_EQ(post_json("/cnt/a/x", R"({"if_version":2})").status, 200);
  EXPECT_EQ(post("/cnt/a/x?if_version=-1").status, 400);
  EXPECT_EQ(post("/cnt/a/new?create=true&if_version=0").status, 200);
  EXPECT_EQ(post("/cnt/a/new?create=true&if_version=0").status, 412);
}

TEST_F(Conditions, AnUnchangedCounterIs304) {
  call("PUT", "/cnt/a/x");
  const auto same = call("GET", "/cnt/a/x", "", "If-None-Match: \"0\", W/\"1\"\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.header("etag"), "\"1\"");
  post("/cnt/a/x");
  EXPECT_EQ(call("GET", "/cnt/a/x", "", "If-None-Match: \"1\"\r\n").status, 200);
}

TEST(ETagLists, FindTheVersionAmongOthers) {
  EXPECT_TRUE(etag_list_has("\"1\"", 1));
  EXPECT_TRUE(etag_list_has("\"x\" , W/\"2\",\"3\"", 2));
  EXPECT_TRUE(etag_list_has(" * ", 9));
  EXPECT_FALSE(etag_list_has("\"1\"", 11));
  EXPECT_FALSE(etag_list_has("", 0));
}

}  // namespace
}  // namespace dcount::api
