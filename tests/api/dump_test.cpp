#include <sstream>

#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

struct Dump : ServingApi {
  std::string dump() {
    const auto answer = get("/api/dump");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-type"), "application/x-ndjson");
    return answer.body;
  }
  test::RawAnswer restore(const std::string& text, const std::string& query = "") {
    return call("POST", "/api/restore" + query, text, "Content-Type: application/x-ndjson\r\n");
  }
  void empty_server() {
    settings_.data_directory += "-next";
    start();
  }
};

TEST_F(Dump, HoldsEveryRecordBetweenAHeadAndAnEnd) {
  post("/cnt/a/x/7?create=true");
  std::istringstream lines(dump());
  std::string head, record, end, more;
  std::getline(lines, head);
  std::getline(lines, record);
  std::getline(lines, end);
  EXPECT_EQ(nlohmann::json::parse(head)["dcount"], "dump");
  EXPECT_EQ(nlohmann::json::parse(record)["key"], "counter/a/x");
  EXPECT_EQ(nlohmann::json::parse(record)["value"], "1 n=7 v=2");
  EXPECT_EQ(nlohmann::json::parse(end)["records"], 1);
  EXPECT_FALSE(std::getline(lines, more));
}

TEST_F(Dump, RestoredIntoAnEmptyStoreEverythingIsThereAgain) {
  post("/cnt/a/x/7?create=true");
  post("/cnt/a/gone?create=true");
  call("DELETE", "/cnt/a/gone");
  call("POST", "/cnt/a/x", "", "Idempotency-Key: k\r\n");
  const auto revision = body_of(get("/cnt/"))["revision"].get<std::int64_t>();
  const std::string text = dump();
  empty_server();
  const auto restored = restore(text);
  ASSERT_EQ(restored.status, 200) << restored.body;
  EXPECT_EQ(body_of(restored)["restored"], 3);
  EXPECT_EQ(value("a/x"), 8);
  EXPECT_EQ(get("/cnt/a/gone").status, 404);
  EXPECT_EQ(call("POST", "/cnt/a/x", "", "Idempotency-Key: k\r\n").header("idempotent-replayed"),
            "true");
  EXPECT_GT(body_of(get("/cnt/"))["revision"].get<std::int64_t>(), revision);
  EXPECT_EQ(get("/readyz").status, 200);
  start();
  EXPECT_EQ(value("a/x"), 8);
  EXPECT_GT(body_of(get("/cnt/"))["revision"].get<std::int64_t>(), revision);
}

TEST_F(Dump, SequencesReservationsAndItemsAreRestored) {
  call("PUT", "/sequences/bills?mode=gapless");
  const std::string kept = post("/sequences/bills/reservations").header("location");
  call("DELETE", post("/sequences/bills/reservations").header("location"));
  call("PUT", "/sequences/tickets?mode=cached&cache=10");
  get("/v1/tickets");
  get("/v2/forward?count=7");
  nlohmann::json items = nlohmann::json::array();
  for (const std::string& id : {std::string(200, 'x'), std::string("ä\n\"€😀"), std::string(1, 0)}) {
    items.push_back({{"id", id}, {"tenant", "Ü/1"}});
  }
  EXPECT_EQ(call("POST", "/items", items.dump()).status, 200);
  const std::string listed = body_of(get("/items/%C3%9C%2F1"))["items"].dump();
  const std::string text = dump();
  empty_server();
  const auto restored = restore(text);
  ASSERT_EQ(restored.status, 200) << restored.body;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(body_of(get("/sequences/bills"))["reserved"], 1);
    EXPECT_EQ(body_of(get("/sequences/bills"))["free"], 1);
    EXPECT_EQ(body_of(get("/items/%C3%9C%2F1"))["items"].dump(), listed);
    EXPECT_EQ(get("/items/%C3%9C%2F1/count").body, R"({"count":3})");
    start();
  }
  EXPECT_EQ(post(kept + "/confirm").status, 200);
  EXPECT_EQ(get("/v2/bills?count=2").body, "[2, 3]");
  EXPECT_EQ(get("/v1/forward").body, "8");
  EXPECT_EQ(get("/v1/tickets").body, "11") << "what was leased then is a gap";
}

TEST_F(Dump, AStoreWithRecordsIsReplacedOnlyByForce) {
  post("/cnt/a/x?create=true");
  const std::string text = dump();
  post("/cnt/a/new?create=true");
  const auto refused = restore(text);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(body_of(refused)["code"], "not_empty");
  EXPECT_EQ(value("a/new"), 1);
  EXPECT_EQ(restore(text, "?force=true").status, 200);
  EXPECT_EQ(value("a/new"), -1);
  EXPECT_EQ(value("a/x"), 1);
}

TEST_F(Dump, ADamagedDumpIsRefusedBeforeAnythingIsTouched) {
  post("/cnt/a/x?create=true");
  const std::string text = dump();
  const std::string end = text.substr(text.rfind('\n', text.size() - 2) + 1);
  std::string bad_value = text;
  bad_value.replace(bad_value.find("1 n="), 4, "9 n=");
  for (const std::string& damaged :
       {std::string("{}\n"), std::string("x"), text.substr(0, text.size() - end.size()),
        text.substr(0, text.find('\n') + 1) + end, text.substr(0, text.size() / 2), bad_value}) {
    const auto answer = restore(damaged, "?force=true");
    EXPECT_EQ(answer.status, 400) << damaged;
  }
  EXPECT_EQ(value("a/x"), 1);
}

TEST_F(Dump, FieldsOfTheWrongKindAreRefusedAndTheNextRestoreRuns) {
  post("/cnt/a/x?create=true");
  const std::string text = dump();
  const std::string head = text.substr(0, text.find('\n') + 1);
  const auto with_record = [&](const std::string& key, const std::string& value) {
    return head + nlohmann::json{{"key", key}, {"value", value}, {"revision", 1}}.dump() +
           "\n{\"end\":true,\"records\":1,\"revision\":1}\n";
  };
  for (const std::string& damaged :
       {std::string("{\"dcount\":1}\n"), head + "{\"end\":true,\"records\":\"x\"}\n",
        head + "{\"end\":true,\"records\":0,\"revision\":9223372036854775807}\n",
        head + "{\"end\":true,\"records\":0,\"revision\":-1}\n",
        with_record("counter/a/x", "1 n=1 v=9223372036854775807"),
        with_record("counter/a/x", "1 del v=2 at=9223372036854775807"),
        with_record("idem/" + std::string(70'000, 'a'), "1 f=x e=1 a=ok:0:0:0"),
        with_record("idem/" + std::string(32, 'a'), "1 f=x e=1 a=nonsense")}) {
    EXPECT_EQ(restore(damaged, "?force=true").status, 400) << damaged;
  }
  EXPECT_EQ(restore(text, "?force=true").status, 200);
}

TEST_F(Dump, ForceIsTrueOrFalseOnce) {
  const std::string text = dump();
  EXPECT_EQ(restore(text, "?force=yes").status, 400);
  EXPECT_EQ(restore(text, "?force=true&force=true").status, 400);
  EXPECT_EQ(restore(text, "?force=false").status, 200);
}

TEST_F(Dump, HeadSaysHowLargeItIs) {
  const auto head = call("HEAD", "/api/dump");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(get("/health").status, 200) << "and the connection goes on";
}

TEST_F(Dump, ARestoreNeedsAContentLength) { EXPECT_EQ(post("/api/restore").status, 411); }

TEST_F(Dump, ManyRecordsTakeManyCommits) {
  for (int batch = 0; batch < 4; ++batch) {
    nlohmann::json body{{"ops", nlohmann::json::array()}};
    for (int i = 0; i < 1000; ++i) {
      body["ops"].push_back({{"add", "a/c" + std::to_string(batch * 1000 + i)}, {"create", true}});
    }
    ASSERT_EQ(post_json("/batch", body.dump()).status, 200);
  }
  const std::string text = dump();
  post("/cnt/a/extra?create=true");
  const auto restored = restore(text, "?force=true");
  ASSERT_EQ(restored.status, 200) << restored.body;
  EXPECT_EQ(body_of(restored)["restored"], 4000);
  EXPECT_EQ(value("a/c3999"), 1);
  EXPECT_EQ(value("a/extra"), -1);
}

}  // namespace
}  // namespace dcount::api
