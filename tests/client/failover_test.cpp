// What the client does when there is no answer, or none that settles the matter: it tries again,
// with the same key, there or elsewhere.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>

#include "client/caller.h"
#include "client/swarm.h"
#include "tests/client/client_bench.h"

namespace dcount::client {
namespace {

class FailoverTest : public ClientBench {};

TEST_F(FailoverTest, LostAnswerIsAskedForAgainWithTheSameKey) {
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

TEST_F(FailoverTest, AnswerLostForGoodIsUnknownAndCarriesTheKey) {
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

TEST_F(FailoverTest, WithoutAKeyALostAnswerIsNotAskedForAgain) {
  server.set("a/x", 0);
  server.fail_next({.lose_answer = true});
  ClientOptions options;
  options.endpoints = {server.endpoint()};
  options.keyed = false;
  auto added = Client(options).add("a", "x", 5);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().certainty, Certainty::unknown);
  auto seen = server.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].key, "");
}

TEST_F(FailoverTest, LostReadIsOnlyUnavailable) {
  server.set("a/x", 0);
  server.fail_always({.lose_answer = true});
  auto counter = client.get("a", "x");
  ASSERT_FALSE(counter);
  EXPECT_EQ(counter.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(counter.error().certainty, Certainty::definite);
}

TEST_F(FailoverTest, KeyInFlightIsWaitedFor) {
  server.set("a/x", 0);
  server.fail_next({.status = 409, .code = "in_flight"}, 3);
  EXPECT_EQ(client.add("a", "x")->n, 1);
  EXPECT_GT(clock.slept.count(), 0);
}

TEST_F(FailoverTest, OutcomeThatStaysOpenIsUnknown) {
  server.fail_always({.status = 504, .code = "outcome_unknown"});
  auto added = client.add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unknown);
  EXPECT_EQ(added.error().status, 504);
  EXPECT_EQ(added.error().code, "outcome_unknown");
}

TEST_F(FailoverTest, RefusalAfterALostAnswerLeavesItOpen) {
  server.set("a/x", 0);
  server.fail_next({.lose_answer = true});
  server.fail_next({.status = 401});
  auto added = client.add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unknown);
}

TEST_F(FailoverTest, AnswerOfTheEngineAfterALostOneSettlesIt) {
  server.fail_next({.status = 504});
  auto added = client.add("a", "missing");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::not_found);
  EXPECT_EQ(added.error().certainty, Certainty::definite);
}

TEST_F(FailoverTest, BusyServerIsAskedAgainNoSoonerThanItSaid) {
  server.set("a/x", 0);
  server.fail_next({.status = 503, .retry_after = "2"}, 2);
  ASSERT_TRUE(client.add("a", "x"));
  EXPECT_GE(clock.slept, Duration(4000));
}

TEST_F(FailoverTest, TriesEndWithTheRetryTime) {
  server.fail_always({.status = 503});
  auto added = client.add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(added.error().certainty, Certainty::definite);
  EXPECT_LE(clock.slept, ClientOptions{}.retry_time);
  EXPECT_LE(server.seen().size(), ClientOptions{}.retries_max + 1);
  EXPECT_GT(server.seen().size(), 3u);
}

TEST_F(FailoverTest, RefusedForGoodIsNotTriedAgain) {
  for (int status : {400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 507}) {
    std::size_t before = server.seen().size();
    server.fail_next({.status = status});
    EXPECT_FALSE(client.add("a", "x"));
    EXPECT_EQ(server.seen().size(), before + 1) << status;
  }
}

TEST_F(FailoverTest, DeadEndpointIsPassedOverAtOnceAndThenAvoided) {
  DeadPort dead;
  Client pair = client_for({dead.endpoint(), server.endpoint()});
  server.set("a/x", 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.add("a", "x"));
  EXPECT_EQ(clock.slept.count(), 0);
  EXPECT_EQ(server.value("a/x"), 3);
}

TEST_F(FailoverTest, SilentEndpointCostsOneTimeOut) {
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

TEST(Patience, LeavesTimeForAnotherEndpointWhenThereIsOne) {
  ClientOptions options;
  options.answer_time = Duration(9000);
  options.retry_time = Duration(10'000);
  EXPECT_EQ(patience(options), Duration(9000));
  options.endpoints = {{"127.0.0.1", 1}, {"127.0.0.1", 2}};
  EXPECT_EQ(patience(options), Duration(4000));
  options.answer_time = Duration(1000);
  EXPECT_EQ(patience(options), Duration(1000));
  options.retry_time = Duration(0);
  EXPECT_EQ(patience(options), Duration(1000));
}

TEST_F(FailoverTest, UnreadyEndpointFailsOverWithTheSameKey) {
  test::FakeServer other;
  other.set("a/x", 0);
  server.fail_always({.status = 503, .retry_after = "1"});
  Client pair = client_for({server.endpoint(), other.endpoint()});
  ASSERT_TRUE(pair.add("a", "x"));
  ASSERT_TRUE(pair.add("a", "x"));
  EXPECT_EQ(clock.slept.count(), 0);
  ASSERT_EQ(server.seen().size(), 1u);
  EXPECT_EQ(server.seen()[0].key, other.seen()[0].key);
}

TEST_F(FailoverTest, NobodyThereIsUnavailableAndCertain) {
  DeadPort dead;
  auto added = client_for({dead.endpoint()}).add("a", "x");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(added.error().certainty, Certainty::definite);
  EXPECT_EQ(added.error().status, 0);
}

TEST_F(FailoverTest, ServerThatComesBackIsFound) {
  server.set("a/x", 0);
  server.fail_next({.status = 503}, 4);
  EXPECT_TRUE(client.add("a", "x"));
}

TEST_F(FailoverTest, TwoHundredClientsCountExactly) {
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
