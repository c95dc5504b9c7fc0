#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

struct ExactlyOnce : ServingApi {
  test::RawAnswer keyed(const std::string& method, const std::string& target,
                        const std::string& key, const std::string& body = "",
                        const std::string& fields = "") {
    return call(method, target, body, fields + "Idempotency-Key: " + key + "\r\n");
  }

  void expect_replay(const std::string& method, const std::string& target,
                     const std::string& body = "", const std::string& fields = "") {
    const auto first = keyed(method, target, "k", body, fields);
    EXPECT_EQ(first.header("idempotent-replayed"), "");
    EXPECT_EQ(first.header("idempotency-window"), "86400");
    for (int i = 0; i < 2; ++i) {
      const auto again = keyed(method, target, "k", body, fields);
      EXPECT_EQ(again.status, first.status);
      EXPECT_EQ(again.body, first.body);
      EXPECT_EQ(again.header("etag"), first.header("etag"));
      EXPECT_EQ(again.header("location"), first.header("location"));
      EXPECT_EQ(again.header("idempotent-replayed"), "true");
      start();  // and after a restart
    }
  }
};

TEST_F(ExactlyOnce, ACreationIsReplayedWithItsGeneratedId) { expect_replay("POST", "/cnt/views/"); }

TEST_F(ExactlyOnce, AnIncrementIsReplayed) {
  call("PUT", "/cnt/a/x");
  expect_replay("POST", "/cnt/a/x/5");
  EXPECT_EQ(value("a/x"), 5);
}

TEST_F(ExactlyOnce, AResetADeletionAndAPutAreReplayed) {
  call("PUT", "/cnt/a/x");
  expect_replay("POST", "/cnt/a/x/reset");
  expect_replay("DELETE", "/cnt/a/x");
  expect_replay("PUT", "/cnt/a/x");
}

TEST_F(ExactlyOnce, ABoundRejectionIsReplayedEvenIfItWouldFitByNow) {
  call("PUT", "/cnt/a/x", R"({"n":5,"max":5})", json_type);
  expect_replay("POST", "/cnt/a/x/1");
  post("/cnt/a/x/-3");
  EXPECT_EQ(keyed("POST", "/cnt/a/x/1", "k").status, 409);
  EXPECT_EQ(value("a/x"), 2);
}

TEST_F(ExactlyOnce, ABatchIsReplayed) {
  expect_replay("POST", "/batch", R"({"ops":[{"add":"a/x","n":5,"create":true}]})", json_type);
  EXPECT_EQ(value("a/x"), 5);
}

TEST_F(ExactlyOnce, DrawnNumbersAreReplayedWithTheirWrap) {
  call("PUT", "/sequences/small?max=3&cycle=true");
  expect_replay("GET", "/v2/small?count=5");
  const auto again = keyed("GET", "/v2/small?count=5", "k");
  EXPECT_EQ(again.body, "[1, 2, 3, 1, 2]");
  EXPECT_EQ(again.header("sequence-wraps"), "1");
  expect_replay("POST", "/v1/small");
  EXPECT_EQ(get("/v1/small").body, "1");
}

TEST_F(ExactlyOnce, NumbersOfEveryModeAreReplayed) {
  for (const std::string mode : {"strict", "cached", "gapless"}) {
    call("PUT", "/sequences/" + mode + "?mode=" + mode);
    expect_replay("GET", "/v2/" + mode + "?count=3");
    expect_replay("GET", "/v1/" + mode);
    EXPECT_EQ(keyed("GET", "/v2/" + mode + "?count=3", "k").body, "[1, 2, 3]");
    EXPECT_EQ(keyed("GET", "/v1/" + mode, "k").body, "4");
  }
}

TEST_F(ExactlyOnce, AnExhaustionIsReplayed) {
  call("PUT", "/sequences/few?max=3");
  expect_replay("GET", "/v2/few?count=5");
  EXPECT_EQ(keyed("GET", "/v2/few?count=5", "k").status, 409);
  EXPECT_EQ(get("/v1/few").body, "1");
}

TEST_F(ExactlyOnce, DefiningAndDeletingASequenceIsReplayed) {
  expect_replay("PUT", "/sequences/a?start=5&mode=gapless");
  EXPECT_EQ(keyed("PUT", "/sequences/a?start=5&mode=gapless", "k").status, 201);
  expect_replay("PUT", "/sequences/cached?mode=cached&cache=9");
  expect_replay("DELETE", "/sequences/a");
  EXPECT_EQ(body_of(keyed("DELETE", "/sequences/a", "k"))["del"], 1);
}

TEST_F(ExactlyOnce, AReservationIsReplayedWithItsToken) {
  call("PUT", "/sequences/bills?mode=gapless");
  expect_replay("POST", "/sequences/bills/reservations");
  const std::string path = keyed("POST", "/sequences/bills/reservations", "k").header("location");
  EXPECT_EQ(body_of(get("/sequences/bills"))["reserved"], 1);
  expect_replay("POST", path + "/confirm");
  expect_replay("DELETE", path);
  EXPECT_EQ(keyed("DELETE", path, "k").status, 409);
  expect_replay("POST", "/sequences/none/reservations");
}

TEST_F(ExactlyOnce, AddedItemsAreReplayed) {
  const std::string body = R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"u"}])";
  expect_replay("POST", "/items", body);
  const auto again = keyed("POST", "/items", "k", body);
  EXPECT_EQ(again.header("items-added"), "2") << "as it was said first";
  EXPECT_EQ(body_of(get("/items/t/count"))["count"], 1);
}

TEST_F(ExactlyOnce, AnotherRequestWithTheKeyIs422) {
  call("PUT", "/cnt/a/x");
  EXPECT_EQ(keyed("POST", "/cnt/a/x", "k").status, 200);
  for (const auto& other :
       {keyed("POST", "/cnt/a/x?create=true", "k"), keyed("POST", "/cnt/a/x", "k", "body"),
        keyed("POST", "/cnt/a/x", "k", "", "If-Match: \"2\"\r\n")}) {
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(body_of(other)["code"], "key_reused");
  }
  EXPECT_EQ(value("a/x"), 1);
}

TEST_F(ExactlyOnce, AKeyIsScopedToMethodAndPath) {
  call("PUT", "/cnt/a/x");
  call("PUT", "/cnt/a/y");
  EXPECT_EQ(keyed("POST", "/cnt/a/x", "k").status, 200);
  EXPECT_EQ(keyed("POST", "/cnt/a/y", "k").status, 200);
  EXPECT_EQ(keyed("DELETE", "/cnt/a/x", "k").status, 200);
  EXPECT_EQ(value("a/y"), 1);
}

TEST_F(ExactlyOnce, AMalformedRequestDoesNotUseTheKeyUp) {
  call("PUT", "/cnt/a/x");
  EXPECT_EQ(keyed("POST", "/cnt/a/x?min=x", "k").status, 400);
  EXPECT_EQ(keyed("POST", "/cnt/a/x", "k").status, 200);
}

TEST_F(ExactlyOnce, KeysHaveALength) {
  call("PUT", "/cnt/a/x");
  EXPECT_EQ(keyed("POST", "/cnt/a/x", std::string(255, 'k')).status, 200);
  EXPECT_EQ(keyed("POST", "/cnt/a/x", std::string(256, 'k')).status, 400);
  EXPECT_EQ(keyed("POST", "/cnt/a/x", "").status, 400);
  EXPECT_EQ(keyed("POST", "/cnt/a/x", "a", "", "Idempotency-Key: b\r\n").status, 400);
}

TEST_F(ExactlyOnce, TwoRequestsWithOneKeyAtOnceCountOnce) {
  call("PUT", "/cnt/a/x");
  std::string request = "POST /cnt/a/x HTTP/1.1\r\nHost: test\r\nIdempotency-Key: k\r\n\r\n";
  connection_->send(request + request);
  const auto first = connection_->read_answer();
  const auto second = connection_->read_answer();
  EXPECT_EQ(first->status, 200);
  if (second->status == 409) {
    EXPECT_EQ(body_of(*second)["code"], "in_flight");
    EXPECT_EQ(body_of(*second)["retryable"], "same-key");
  } else {
    EXPECT_EQ(second->header("idempotent-replayed"), "true");
  }
  EXPECT_EQ(value("a/x"), 1);
}

}  // namespace
}  // namespace dcount::api
