// Reservations of the wire contract: numbers that are taken out, and come back or are used.
#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using nlohmann::json;

struct Reservations : ServingApi {
  Reservations() { call("PUT", "/sequences/bills?mode=gapless"); }

  struct Reserved {
    std::int64_t number = 0;
    std::string path;  ///< where Location says
    std::string token;
  };

  Reserved reserve(const std::string& query = "") {
    const auto answer = post("/sequences/bills/reservations" + query);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return {body_of(answer)["number"], answer.header("location"), body_of(answer)["token"]};
  }
  test::RawAnswer confirm(const Reserved& reserved) { return post(reserved.path + "/confirm"); }
  test::RawAnswer release(const Reserved& reserved) { return call("DELETE", reserved.path); }

  void expect_refused(const test::RawAnswer& answer, int status, const char* code,
                      const Reserved& reserved) {
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(body_of(answer)["code"], code);
    EXPECT_EQ(body_of(answer)["retryable"], "no");
    EXPECT_EQ(body_of(answer)["number"], reserved.number);
    EXPECT_EQ(body_of(answer)["token"], reserved.token);
  }
};

TEST_F(Reservations, AReservationIsWhereLocationSays) {
  const auto answer = post("/sequences/bills/reservations/");
  EXPECT_EQ(answer.status, 201);
  const json body = body_of(answer);
  const std::string token = body["token"];
  EXPECT_EQ(token.size(), 32u);
  EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(answer.header("location"), "/sequences/bills/reservations/" + token);
  EXPECT_EQ(body["number"], 1);
  EXPECT_EQ(body.size(), 3u);
  EXPECT_NE(reserve().token, token);
  EXPECT_EQ(body_of(get("/sequences/bills"))["reserved"], 2);
}

TEST_F(Reservations, ExpireAfterFiveMinutesOrAsToldWithin30Days) {
  const auto left_ms = [&](const std::string& query) {
    const json body = body_of(post("/sequences/bills/reservations" + query));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return body["expires"].get<std::int64_t>() -
           std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  };
  EXPECT_NEAR(left_ms(""), 300'000, 5000);
  EXPECT_NEAR(left_ms("?ttl=60"), 60'000, 5000);
  EXPECT_NEAR(left_ms("?ttl=2592000"), 2'592'000'000, 5000);
  EXPECT_EQ(post_json("/sequences/bills/reservations", R"({"ttl":60})").status, 201);
  for (const auto* ttl : {"0", "-1", "2592001", "x", ""}) {
    EXPECT_EQ(post(std::string("/sequences/bills/reservations?ttl=") + ttl).status, 400) << ttl;
  }
}

TEST_F(Reservations, ConfirmingIsRepeatableAndForGood) {
  const auto reserved = reserve();
  for (int i = 0; i < 2; ++i) {
    const auto confirmed = confirm(reserved);
    EXPECT_EQ(confirmed.status, 200);
    EXPECT_EQ(body_of(confirmed),
              (json{{"number", 1}, {"token", reserved.token}, {"state", "confirmed"}}));
  }
  expect_refused(release(reserved), 409, "confirmed", reserved);
  EXPECT_EQ(get("/v1/bills").body, "2");
}

TEST_F(Reservations, AReleasedNumberComesAgainLowestFirst) {
  const auto first = reserve();
  const auto second = reserve();
  reserve();
  for (int i = 0; i < 2; ++i) {
    const auto released = release(second);
    EXPECT_EQ(released.status, 200);
    EXPECT_EQ(body_of(released),
              (json{{"number", 2}, {"token", second.token}, {"state", "released"}}));
  }
  expect_refused(confirm(second), 409, "released", second);
  EXPECT_EQ(release(first).status, 200);
  EXPECT_EQ(body_of(get("/sequences/bills"))["free"], 2);
  EXPECT_EQ(reserve().number, 1);
  EXPECT_EQ(get("/v2/bills?count=2").body, "[2, 4]");
}

TEST_F(Reservations, AnExpiredNumberComesAgain) {
  const auto reserved = reserve("?ttl=1");
  const auto open = [&] { return body_of(get("/sequences/bills"))["reserved"] == 1; };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (open() && std::chrono::steady_clock::now() < end) {
  }
  expect_refused(confirm(reserved), 410, "expired", reserved);
  expect_refused(release(reserved), 410, "expired", reserved);
  EXPECT_EQ(get("/v1/bills").body, "1");
}

TEST_F(Reservations, WhatIsMissingIsSaid) {
  const auto sequence = post("/sequences/none/reservations");
  EXPECT_EQ(sequence.status, 404);
  EXPECT_EQ(body_of(sequence)["detail"], "there is no sequence: none");
  for (const auto& answer : {post("/sequences/bills/reservations/abc/confirm"),
                             call("DELETE", "/sequences/bills/reservations/abc")}) {
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(body_of(answer)["detail"], "there is no reservation: bills/abc");
  }
  EXPECT_EQ(post("/sequences/none/reservations/abc/confirm/").status, 404);
}

TEST_F(Reservations, AreOfGaplessSequencesOnly) {
  call("PUT", "/sequences/orders");
  for (const auto* name : {"orders", "forward"}) {
    const auto refused = post(std::string("/sequences/") + name + "/reservations");
    EXPECT_EQ(refused.status, 409) << name;
    EXPECT_EQ(body_of(refused)["code"], "not_gapless") << name;
  }
}

TEST_F(Reservations, EndWithTheRange) {
  call("PUT", "/sequences/two?mode=gapless&max=2");
  post("/sequences/two/reservations");
  const auto last = post("/sequences/two/reservations");
  const auto refused = post("/sequences/two/reservations");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(body_of(refused)["code"], "exhausted");
  call("DELETE", last.header("location"));
  EXPECT_EQ(post("/sequences/two/reservations").status, 201);
}

TEST_F(Reservations, MalformedNamesAndTokensAre400) {
  EXPECT_EQ(post("/sequences/reset/reservations").status, 400);
  EXPECT_EQ(post("/sequences/bills/reservations/a.b/confirm").status, 400);
  EXPECT_EQ(call("DELETE", "/sequences/bills/reservations/" + std::string(65, 'a')).status, 400);
}

TEST_F(Reservations, HaveNoVersionToDemand) {
  const auto reserved = reserve();
  EXPECT_EQ(call("POST", reserved.path + "/confirm", "", "If-Match: \"1\"\r\n").status, 400);
  EXPECT_EQ(call("DELETE", reserved.path, "", "If-Match: *\r\n").status, 400);
  EXPECT_EQ(call("POST", "/sequences/bills/reservations", "", "If-None-Match: *\r\n").status, 400);
  EXPECT_EQ(confirm(reserved).status, 200);
}

TEST_F(Reservations, SurviveARestart) {
  const auto kept = reserve();
  const auto given_back = reserve();
  release(given_back);
  start();
  EXPECT_EQ(confirm(kept).status, 200);
  expect_refused(confirm(given_back), 409, "released", given_back);
  EXPECT_EQ(reserve().number, 2);
}

}  // namespace
}  // namespace dcount::api
