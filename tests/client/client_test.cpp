// The client against a fake server: what it sends, what it makes of answers, and what it does when
// there is none.
#include "client/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "client/swarm.h"
#include "tests/client/fake_clock.h"
#include "tests/client/fake_server.h"

namespace dcount::client {
namespace {

using test::FakeClock;
using test::FakeServer;
using test::Fault;

/// A port nobody listens on, while it is held; or one where nobody answers.
class DeadPort {
 public:
  explicit DeadPort(bool connects = false)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    if (connects) {
      EXPECT_EQ(::listen(fd_, 16), 0);
    }
  }
  ~DeadPort() { ::close(fd_); }
  Endpoint endpoint() const { return {"127.0.0.1", port_}; }
  /// How many have connected.
  int callers() const {
    int count = 0;
    for (int fd = -1; (fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0; ++count) {
      ::close(fd);
    }
    return count;
  }

 private:
  int fd_;
  std::uint16_t port_;
};

class ClientTest : public testing::Test {
 protected:
  Client client_for(std::vector<Endpoint> endpoints) {
    ClientOptions options;
    options.endpoints = std::move(endpoints);
    options.clock = &clock;
    return Client(options);
  }

  FakeServer server;
  FakeClock clock;
  Client client = client_for({server.endpoint()});
};

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

TEST_F(ClientTest, LostAnswerIsAskedForAgainWithTheSameKey) {
  server.set("a/x", 0);
  server.fail_next({.lose_answer = true});
  auto added = client.add("a", "x", 5);
  ASSERT_TRUE(added);
  EXPECT_EQ(added->n, 5);
  EXPECT_TRUE(added->replayed);
  EXPECT_EQ(server.value("a/x"), 5);
  auto seen = server.seen();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].key, seen[1].key);
}

TEST_F(ClientTest, AnswerLostForGoodIsUnknownAndCarriesTheKey) {
  server.set("a/x", 0);
  server.fail_always({.lose_answer = true});
  auto added = client.add("a", "x", 5);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unknown);
  EXPECT_EQ(added.error().certainty, Certainty::unknown);
  EXPECT_EQ(server.value("a/x"), 5);
  server.heal();
  CounterOptions options;
  options.idempotency_key = added.error().idempotency_key;
  EXPECT_EQ(client.add("a", "x", 5, options)->n, 5);
}

TEST_F(ClientTest, LostReadIsOnlyUnavailable) {
  server.set("a/x", 0);
  server.fail_always({.lose_answer = true});
  auto counter = client.get("a", "x");
  ASSERT_FALSE(counter);
  EXPECT_EQ(counter.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(counter.error().certainty, Certainty::definite);
}

TEST_F(ClientTest, KeyInFlightIsWaitedFor) {
  server.set("a/x", 0);
  server.fail_next({.status = 409, .code = "in_flight"}, 3);
  EXPECT_EQ(client.add("a", "x")->n, 1);
  EXPECT_GT(clock.slept.count(), 0);
}

TEST_F(ClientTest, OutcomeThatStaysOpenIsUnknown) {
  server.fail_always({.status = 504, .code = "outcome_unknown"});
  auto added = client.add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unknown);
  EXPECT_EQ(added.error().status, 504);
  EXPECT_EQ(added.error().code, "outcome_unknown");
}

TEST_F(ClientTest, RefusalAfterALostAnswerLeavesItOpen) {
  server.set("a/x", 0);
  server.fail_next({.lose_answer = true});
  server.fail_next({.status = 401});
  auto added = client.add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unknown);
}

TEST_F(ClientTest, AnswerOfTheEngineAfterALostOneSettlesIt) {
  server.fail_next({.status = 504});
  auto added = client.add("a", "missing");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::not_found);
  EXPECT_EQ(added.error().certainty, Certainty::definite);
}

TEST_F(ClientTest, BusyServerIsAskedAgainNoSoonerThanItSaid) {
  server.set("a/x", 0);
  server.fail_next({.status = 503, .retry_after = "2"}, 2);
  ASSERT_TRUE(client.add("a", "x"));
  EXPECT_GE(clock.slept, Duration(4000));
}

TEST_F(ClientTest, TriesEndWithTheRetryTime) {
  server.fail_always({.status = 503});
  auto added = client.add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(added.error().certainty, Certainty::definite);
  EXPECT_LE(clock.slept, ClientOptions{}.retry_time);
  EXPECT_LE(server.seen().size(), ClientOptions{}.retries_max + 1);
  EXPECT_GT(server.seen().size(), 3u);
}

TEST_F(ClientTest, RefusedForGoodIsNotTriedAgain) {
  for (int status : {400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 507}) {
    std::size_t before = server.seen().size();
    server.fail_next({.status = status});
    EXPECT_FALSE(client.add("a", "x"));
    EXPECT_EQ(server.seen().size(), before + 1) << status;
  }
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

TEST_F(ClientTest, DeadEndpointIsPassedOverAtOnceAndThenAvoided) {
  DeadPort dead;
  Client pair = client_for({dead.endpoint(), server.endpoint()});
  server.set("a/x", 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.add("a", "x"));
  EXPECT_EQ(clock.slept.count(), 0);
  EXPECT_EQ(server.value("a/x"), 3);
}

TEST_F(ClientTest, SilentEndpointCostsOneTimeOut) {
  DeadPort silent(true);
  ClientOptions options;
  options.endpoints = {silent.endpoint(), server.endpoint()};
  options.answer_time = Duration(2000);  // long enough for the other one on a busy machine
  options.clock = &clock;
  Client pair(options);
  server.set("a/x", 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.add("a", "x"));
  EXPECT_EQ(silent.callers(), 1);
  EXPECT_EQ(server.value("a/x"), 3);
}

TEST_F(ClientTest, UnreadyEndpointFailsOverWithTheSameKey) {
  FakeServer other;
  other.set("a/x", 0);
  server.fail_always({.status = 503, .retry_after = "1"});
  Client pair = client_for({server.endpoint(), other.endpoint()});
  ASSERT_TRUE(pair.add("a", "x"));
  ASSERT_TRUE(pair.add("a", "x"));
  EXPECT_EQ(clock.slept.count(), 0);
  ASSERT_EQ(server.seen().size(), 1u);
  EXPECT_EQ(server.seen()[0].key, other.seen()[0].key);
}

TEST_F(ClientTest, NobodyThereIsUnavailableAndCertain) {
  DeadPort dead;
  auto added = client_for({dead.endpoint()}).add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(added.error().certainty, Certainty::definite);
  EXPECT_EQ(added.error().status, 0);
}

TEST_F(ClientTest, ServerThatComesBackIsFound) {
  server.set("a/x", 0);
  server.fail_next({.status = 503}, 4);
  EXPECT_TRUE(client.add("a", "x"));
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

TEST_F(ClientTest, TwoHundredClientsCountExactly) {
  server.set("hot/x", 0);
  server.fail_next({.lose_answer = true}, 20);
  ClientOptions options;
  options.endpoints = {server.endpoint()};
  std::atomic<int> failed{0};
  run_swarm(200, options, [&](Client& one, std::size_t) {
    for (int i = 0; i < 5; ++i) failed += one.add("hot", "x") ? 0 : 1;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(server.value("hot/x"), 1000);
}

}  // namespace
}  // namespace dcount::client
