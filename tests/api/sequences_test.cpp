// /sequences of the wire contract, row by row.
#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using nlohmann::json;

struct Sequences : ServingApi {
  test::RawAnswer define(const std::string& name, const std::string& body = "{}",
                         const std::string& fields = "") {
    return call("PUT", "/sequences/" + name, body, json_type + fields);
  }
};

TEST_F(Sequences, ADefinitionIsAnsweredWithItsDefaults) {
  const auto created = call("PUT", "/sequences/orders");
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.header("location"), "/sequences/orders");
  EXPECT_EQ(created.header("etag"), "\"1\"");
  EXPECT_EQ(created.header("content-type"), "application/json");
  EXPECT_EQ(body_of(created), (json{{"name", "orders"},
                                    {"mode", "strict"},
                                    {"start", 1},
                                    {"increment", 1},
                                    {"min", 1},
                                    {"max", 9223372036854775807},
                                    {"cycle", false},
                                    {"next", 1},
                                    {"wraps", 0},
                                    {"version", 1}}));
}

TEST_F(Sequences, StandInTheQueryOrInTheBody) {
  const auto from_body =
      define("a", R"({"start":"7","increment":-2,"min":-5,"max":9,"cycle":true,"mode":"strict"})");
  EXPECT_EQ(from_body.status, 201) << from_body.body;
  const auto from_query =
      call("PUT", "/sequences/b/?start=7&increment=-2&min=-5&max=9&cycle=true&mode=strict");
  EXPECT_EQ(from_query.status, 201) << from_query.body;
  json wanted = body_of(from_body);
  EXPECT_EQ(wanted["start"], 7);
  EXPECT_EQ(wanted["increment"], -2);
  EXPECT_EQ(wanted["min"], -5);
  EXPECT_EQ(wanted["max"], 9);
  EXPECT_EQ(wanted["cycle"], true);
  wanted["name"] = "b";
  EXPECT_EQ(body_of(from_query), wanted);
}

TEST_F(Sequences, BeginWhereTheRangeBegins) {
  EXPECT_EQ(body_of(define("up", R"({"min":10})"))["next"], 10);
  EXPECT_EQ(body_of(define("down", R"({"increment":-1,"max":99})"))["next"], 99);
  EXPECT_EQ(body_of(define("down2", R"({"increment":-1})"))["next"], 9223372036854775807);
}

TEST_F(Sequences, TheSameDefinitionAgainIs200AndAnotherOne409) {
  define("orders", R"({"start":5})");
  get("/v1/orders");
  const auto same = define("orders", R"({"start":5})");
  EXPECT_EQ(same.status, 200);
  EXPECT_EQ(same.header("location"), "");
  EXPECT_EQ(body_of(same)["next"], 6);
  const auto other = define("orders", R"({"start":6})");
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(body_of(other)["code"], "definition_differs");
  EXPECT_EQ(body_of(other)["retryable"], "no");
  EXPECT_EQ(get("/v1/orders").body, "6");
}

TEST_F(Sequences, InconsistentDefinitionsAreRefusedByName) {
  struct Row {
    const char* body;
    const char* fault;
    const char* detail;
  };
  for (const Row& row : {
           Row{R"({"increment":0})", "increment_zero", "'increment' must not be 0"},
           Row{R"({"min":10,"max":5})", "min_above_max", "'min' (10) is above 'max' (5)"},
           Row{R"({"max":0})", "min_above_max", "'min' (1) is above 'max' (0)"},
           Row{R"({"start":0})", "start_below_min", "'start' (0) is below 'min' (1)"},
           Row{R"({"start":6,"max":5})", "start_above_max", "'start' (6) is above 'max' (5)"},
           Row{R"({"mode":"cached","cache":0})", "cache_out_of_range",
               "'cache' (0) must be 1 to 1000000"},
           Row{R"({"mode":"cached","cache":1000001})", "cache_out_of_range",
               "'cache' (1000001) must be 1 to 1000000"},
           Row{R"({"cache":5})", "cache_without_cached",
               "'cache' (5) is for mode cached, not strict"},
           Row{R"({"mode":"gapless","cycle":true})", "gapless_cycle",
               "a gapless sequence cannot cycle: a confirmed number must never come again"},
       }) {
    const auto answer = define("orders", row.body);
    EXPECT_EQ(answer.status, 400) << row.body;
    EXPECT_EQ(body_of(answer)["code"], "inconsistent_definition") << row.body;
    EXPECT_EQ(body_of(answer)["fault"], row.fault) << row.body;
    EXPECT_EQ(body_of(answer)["detail"], row.detail) << row.body;
  }
  EXPECT_EQ(get("/sequences/orders").status, 404);
}

TEST_F(Sequences, MalformedDefinitionsAre400) {
  const auto mode = define("orders", R"({"mode":"loose"})");
  EXPECT_EQ(mode.status, 400);
  EXPECT_EQ(body_of(mode)["detail"], "'mode' must be strict, cached or gapless");
  for (const auto* body : {R"({"start":9223372036854775808})", R"({"cycle":"often"})",
                           R"({"mode":3})", R"({"increment":1.5})", "[1]", "{"}) {
    EXPECT_EQ(define("orders", body).status, 400) << body;
  }
  for (const auto* name : {"reset", "batch", "a%20b", "a%2Fb", "..", "%C3%A4"}) {
    EXPECT_EQ(call("PUT", std::string("/sequences/") + name).status, 400) << name;
    EXPECT_EQ(get(std::string("/sequences/") + name).status, 400) << name;
    EXPECT_EQ(call("DELETE", std::string("/sequences/") + name).status, 400) << name;
  }
}

TEST_F(Sequences, ForwardAndReverseAreThereAndFixed) {
  const auto forward = get("/sequences/forward");
  EXPECT_EQ(forward.status, 200);
  EXPECT_EQ(body_of(forward)["next"], 1);
  EXPECT_EQ(body_of(forward)["cycle"], true);
  EXPECT_EQ(body_of(forward)["version"], 0);
  EXPECT_EQ(forward.header("etag"), "") << "nothing has changed it yet";
  EXPECT_EQ(body_of(get("/sequences/reverse"))["increment"], -1);
  for (const auto* name : {"forward", "reverse"}) {
    const auto defined = define(name, R"({"start":5})");
    EXPECT_EQ(defined.status, 409) << name;
    EXPECT_EQ(body_of(defined)["code"], "fixed_sequence");
    const auto deleted = call("DELETE", std::string("/sequences/") + name);
    EXPECT_EQ(deleted.status, 409) << name;
    EXPECT_EQ(body_of(deleted)["code"], "fixed_sequence");
  }
}

TEST_F(Sequences, ReadingTellsWhereItStandsAndWhenItChanged) {
  define("orders");
  const auto before = body_of(get("/sequences/orders"));
  get("/v2/orders?count=10");
  const auto read = get("/sequences/orders/");
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(body_of(read)["next"], 11);
  EXPECT_GT(body_of(read)["revision"], before["revision"]);
  EXPECT_EQ(read.header("etag"), "\"" + body_of(read)["version"].dump() + "\"");
  const auto missing = get("/sequences/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(body_of(missing)["detail"], "there is no sequence: none");
}

TEST_F(Sequences, AnUnchangedOneIs304) {
  define("orders");
  const auto same = call("GET", "/sequences/orders", "", "If-None-Match: W/\"1\"\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.header("etag"), "\"1\"");
  get("/v1/orders");
  EXPECT_EQ(call("GET", "/sequences/orders", "", "If-None-Match: \"1\"\r\n").status, 200);
  EXPECT_EQ(call("HEAD", "/sequences/orders").status, 200);
}

TEST_F(Sequences, ListsByPages) {
  for (const auto* name : {"a", "b", "zz"}) define(name);
  const auto all = body_of(get("/sequences"));
  std::vector<std::string> names;
  for (const json& sequence : all["sequences"]) names.push_back(sequence["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "forward", "reverse", "zz"}));
  EXPECT_TRUE(all["next"].is_null());
  EXPECT_GT(all["revision"], 0);
  EXPECT_FALSE(all["sequences"][0].contains("revision"));

  const auto first = body_of(get("/sequences/?limit=2"));
  EXPECT_EQ(first["sequences"].size(), 2u);
  const auto rest = body_of(get("/sequences?cursor=" + first["next"].get<std::string>()));
  EXPECT_EQ(rest["sequences"].size(), 3u);
  for (const auto* bad : {"limit=0", "limit=1001", "limit=x", "cursor=a/b", "cursor=%FF"}) {
    EXPECT_EQ(get(std::string("/sequences?") + bad).status, 400) << bad;
  }
}

TEST_F(Sequences, DeletingTwiceIsNoError) {
  define("orders");
  get("/v1/orders");
  const auto deleted = call("DELETE", "/sequences/orders");
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(body_of(deleted), (json{{"del", 1}, {"version", 3}}));
  EXPECT_EQ(deleted.header("etag"), "\"3\"");
  EXPECT_EQ(get("/v1/orders").status, 404);
  EXPECT_EQ(body_of(call("DELETE", "/sequences/orders"))["del"], 0);
  EXPECT_EQ(body_of(call("DELETE", "/sequences/never")), (json{{"del", 0}}));
  EXPECT_EQ(define("orders").header("etag"), "\"4\"") << "the version goes on";
  EXPECT_EQ(get("/v1/orders").body, "1");
}

TEST_F(Sequences, ACachedOneSaysHowWideItsGapsAre) {
  const auto standard = body_of(define("a", R"({"mode":"cached"})"));
  EXPECT_EQ(standard["cache"], 100);
  EXPECT_EQ(standard["gap_max"], 100);
  const auto chosen = body_of(define("b", R"({"mode":"cached","cache":7})"));
  EXPECT_EQ(chosen["cache"], 7);
  EXPECT_EQ(chosen["gap_max"], 7);
  EXPECT_FALSE(chosen.contains("free"));
  EXPECT_EQ(get("/v2/b?count=10").body, "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]");
}

TEST_F(Sequences, AGaplessOneSaysWhatIsReservedAndFree) {
  const auto gapless = body_of(define("a", R"({"mode":"gapless"})"));
  EXPECT_EQ(gapless["mode"], "gapless");
  EXPECT_EQ(gapless["reserved"], 0);
  EXPECT_EQ(gapless["free"], 0);
  EXPECT_FALSE(gapless.contains("cache"));
}

TEST_F(Sequences, PreconditionsAreHonoured) {
  define("orders");
  EXPECT_EQ(define("orders", "{}", "If-None-Match: *\r\n").status, 412);
  EXPECT_EQ(call("DELETE", "/sequences/orders", "", "If-Match: \"7\"\r\n").status, 412);
  EXPECT_EQ(call("DELETE", "/sequences/orders?if_version=7").status, 412);
  EXPECT_EQ(call("DELETE", "/sequences/orders", "", "If-Match: \"1\"\r\n").status, 200);
}

TEST_F(Sequences, IntsMayBeStrings) {
  const auto answer = call("PUT", "/sequences/orders?ints=string");
  EXPECT_EQ(body_of(answer)["max"], "9223372036854775807");
  EXPECT_EQ(body_of(answer)["next"], "1");
}

TEST_F(Sequences, SurviveARestart) {
  define("orders", R"({"increment":5,"max":100})");
  get("/v1/orders");
  const std::string before = get("/sequences/orders").body;
  start();
  EXPECT_EQ(get("/sequences/orders").body, before);
}

}  // namespace
}  // namespace dcount::api
