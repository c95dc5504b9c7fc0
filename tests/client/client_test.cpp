// The client against a fake server: what it sends, and what it makes of answers.
#include "client/client.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/client/client_bench.h"

namespace dcount::client {
namespace {

class ClientTest : public ClientBench {};

TEST_F(ClientTest, CreatedCounterHasTheServersId) {
  auto created = client.create_counter("views");
  ASSERT_TRUE(created);
  EXPECT_TRUE(created->created);
  EXPECT_EQ(created->counter.id, "made-up-1");
  EXPECT_EQ(created->counter.collection, "views");
}

TEST_F(ClientTest, ChosenIdIsCreatedOnce) {
  EXPECT_TRUE(client.create_counter("views", "home", 5)->created);
  auto again = client.create_counter("views", "home");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->counter.n, 5);
}

TEST_F(ClientTest, AddsNegativeNumbersToo) {
  server.set("views/home", 3);
  auto added = client.add("views", "home", -5);
  ASSERT_TRUE(added);
  EXPECT_EQ(added->n, -2);
  EXPECT_EQ(added->applied, -5);
  EXPECT_EQ(added->version, 2);
}

TEST_F(ClientTest, OptionsTravelInTheQuery) {
  CounterOptions options;
  options.create = true;
  options.max = 10;
  options.on_limit = OnLimit::saturate;
  auto added = client.add("views", "home", 50, options);
  ASSERT_TRUE(added);
  EXPECT_EQ(added->n, 10);
  EXPECT_EQ(server.seen().back().target, "/cnt/views/home/50?max=10&on_limit=saturate&create=true");
}

TEST_F(ClientTest, GetResetAndRemoveDoWhatTheySay) {
  server.set("views/home", 9'007'199'254'740'993);
  EXPECT_EQ(client.get("views", "home")->n, 9'007'199'254'740'993);
  EXPECT_EQ(client.reset("views", "home")->n, 0);
  EXPECT_TRUE(*client.remove("views", "home"));
  EXPECT_FALSE(*client.remove("views", "home"));
}

TEST_F(ClientTest, PagesOfAListJoinWithoutGapOrRepeat) {
  for (int i = 0; i < 25; ++i) server.set("c/" + std::to_string(100 + i), i);
  server.set("other/x", 1);
  std::vector<std::string> ids;
  std::string cursor;
  do {
    auto page = client.list("c", 10, cursor);
    ASSERT_TRUE(page);
    for (auto& counter : page->counters) ids.push_back(counter.id);
    cursor = page->next;
  } while (!cursor.empty());
  EXPECT_EQ(ids.size(), 25u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 25u);
}

TEST_F(ClientTest, BatchAnswersOperationByOperation) {
  auto results = client.batch({{"a/x", 5}, {"a/y"}, {"a/x", -2}});
  ASSERT_TRUE(results);
  EXPECT_EQ((*results)[2].n, 3);
  EXPECT_EQ(server.value("a/y"), 1);
}

TEST_F(ClientTest, RefusedBatchSaysWhichOperation) {
  auto results = client.batch({{"a/x"}, {"refused/me"}});
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().kind, ErrorKind::conflict);
  EXPECT_EQ(results.error().index, 1);
  EXPECT_EQ(server.value("a/x"), 0);
}

TEST_F(ClientTest, EveryMutatingCallHasAKeyOfItsOwn) {
  server.set("a/x", 0);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client.add("a", "x"));
  ASSERT_TRUE(client.get("a", "x"));
  std::set<std::string> keys;
  for (auto& seen : server.seen()) {
    if (seen.method != "GET") keys.insert(seen.key);
    if (seen.method == "GET") {
      EXPECT_EQ(seen.key, "");
    }
  }
  EXPECT_EQ(keys.size(), 10u);
}

TEST_F(ClientTest, OwnKeyIsSentAndReplayIsTold) {
  CounterOptions options;
  options.create = true;
  options.idempotency_key = "mine";
  EXPECT_FALSE(client.add("a", "x", 1, options)->replayed);
  EXPECT_TRUE(client.add("a", "x", 1, options)->replayed);
  EXPECT_EQ(server.value("a/x"), 1);
}

TEST_F(ClientTest, KeyThatWouldBreakTheHeaderIsRefusedHere) {
  CounterOptions options;
  options.idempotency_key = "a\r\nX: y";
  auto added = client.add("a", "x", 1, options);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::bad_request);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(ClientTest, ApiKeyIsABearerToken) {
  ClientOptions options;
  options.endpoints = {server.endpoint()};
  options.api_key = "secret";
  ASSERT_TRUE(Client(options).list());
  EXPECT_EQ(server.seen().back().authorization, "Bearer secret");
}

TEST_F(ClientTest, EveryStatusHasItsKind) {
  const std::vector<std::pair<int, ErrorKind>> kinds{
      {400, ErrorKind::bad_request}, {405, ErrorKind::bad_request}, {413, ErrorKind::bad_request},
      {415, ErrorKind::bad_request}, {422, ErrorKind::bad_request}, {431, ErrorKind::bad_request},
      {404, ErrorKind::not_found},   {410, ErrorKind::not_found},   {409, ErrorKind::conflict},
      {412, ErrorKind::conflict},    {401, ErrorKind::not_allowed}, {403, ErrorKind::not_allowed},
      {429, ErrorKind::quota},       {507, ErrorKind::quota},       {503, ErrorKind::unavailable},
      {504, ErrorKind::unknown},     {500, ErrorKind::unknown}};
  for (auto [status, kind] : kinds) {
    server.fail_always({.status = status});
    EXPECT_EQ(client.add("a", "x").error().kind, kind) << status;
    EXPECT_EQ(client.add("a", "x").error().status, status);
  }
}

TEST_F(ClientTest, BodyThatIsNotDcountsIsAProtocolError) {
  server.fail_next({.status = 200, .raw_body = "<html>"});
  auto counter = client.get("a", "x");
  ASSERT_FALSE(counter);
  EXPECT_EQ(counter.error().kind, ErrorKind::protocol);
}

TEST_F(ClientTest, DumpArrivesByteForByte) {
  std::string dump;
  for (int i = 0; i < 50'000; ++i) dump += "{\"key\":\"counter/a/" + std::to_string(i) + "\"}\n";
  server.set_dump(dump);
  std::string got;
  auto bytes = client.dump([&](std::string_view piece) {
    got += piece;
    return true;
  });
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, dump.size());
  EXPECT_TRUE(got == dump);
}

TEST_F(ClientTest, DumpStopsWhenTheSinkSaysSo) {
  server.set_dump(std::string(1 << 20, 'x'));
  auto bytes = client.dump([](std::string_view) { return false; });
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().kind, ErrorKind::local);
}

TEST_F(ClientTest, RefusedDumpSaysWhy) {
  server.fail_next({.status = 403, .code = "forbidden"});
  auto bytes = client.dump([](std::string_view) { return true; });
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, "forbidden");
}

class RestoreTest : public ClientTest {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "dcount-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory = pattern;
    file = directory / "dump.jsonl";
    std::ofstream(file) << content;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::filesystem::path directory;
  std::filesystem::path file;
  std::string content = std::string(3 << 20, 'y') + "\n";
};

TEST_F(RestoreTest, FileArrivesByteForByte) {
  ASSERT_TRUE(client.restore(file.string(), false));
  EXPECT_TRUE(server.restored() == content);
}

TEST_F(RestoreTest, LostAnswerIsNotTriedAgain) {
  server.fail_next({.lose_answer = true});
  auto answer = client.restore(file.string(), false);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unknown);
  EXPECT_EQ(server.seen().size(), 1u);
}

TEST_F(RestoreTest, MissingFileIsALocalError) {
  auto answer = client.restore((directory / "none").string(), false);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::local);
  EXPECT_EQ(answer.error().certainty, Certainty::definite);
}

TEST_F(ClientTest, HealthTellsReadyFromDead) {
  DeadPort dead;
  auto health = client_for({server.endpoint(), dead.endpoint()}).health();
  ASSERT_EQ(health.size(), 2u);
  EXPECT_TRUE(health[0].ready);
  EXPECT_FALSE(health[1].ready);
  EXPECT_NE(health[1].detail, "");
}

}  // namespace
}  // namespace dcount::client
