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
