// /lockstep, read as its clients read it.
#include <map>

#include "tests/tails/serving_tails.h"

namespace dcount::api {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class Lockstep : public ServingTails {
 protected:
  /// What a mirror of `feed` holds after one finite answer more.
  void mirror(std::map<std::string, json>& rows, const std::string& feed, std::int64_t since) {
    Tail finite = tail("/lockstep/" + feed + "?follow=false&since=" + std::to_string(since));
    ASSERT_EQ(finite.status(), 200) << finite.head().body;
    std::int64_t newest = 0;
    for (const json& record : finite.records()) {
      EXPECT_GE(record["updated_at"], newest);
      EXPECT_GE(record["updated_at"], since);
      newest = record["updated_at"];
      rows[record["id"]] = record;
    }
  }
  static std::int64_t newest(const std::map<std::string, json>& rows) {
    std::int64_t revision = 0;
    for (const auto& [id, row] : rows)
      revision = std::max<std::int64_t>(revision, row["updated_at"]);
    return revision;
  }
};

TEST_F(Lockstep, ARecordIsWhatItsClientsKnow) {
  call("PUT", "/cnt/views/home");
  post("/cnt/views/home/7");
  Tail answer = tail("/lockstep/counters/views?since=0&follow=false");
  EXPECT_EQ(answer.head().header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(answer.head().header("Content-Type"), "application/json");
  const auto chunk = answer.chunk();
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->back(), '\n');
  const json record = json::parse(*chunk);
  EXPECT_EQ(record["id"], "home");
  EXPECT_EQ(record["n"], 7);
  EXPECT_EQ(record["version"], 2);
  EXPECT_EQ(record["deleted_at"], nullptr);
  EXPECT_GT(record["updated_at"], 0);
  EXPECT_TRUE(record["at"].is_number());
  EXPECT_EQ(answer.chunk(), "");
  EXPECT_TRUE(answer.http().closes());
}

TEST_F(Lockstep, APathOfDigitsIsASinceOnlyWithoutOne) {
  call("PUT", "/cnt/123/a");
  call("PUT", "/cnt/views/b");
  EXPECT_EQ(tail("/lockstep/counters/123?since=0&follow=false").records().size(), 1u);
  EXPECT_EQ(tail("/lockstep/counters/123/0?follow=false").records().size(), 1u);
  EXPECT_EQ(tail("/lockstep/counters/0?follow=false").records().size(), 2u);
  EXPECT_EQ(tail("/lockstep/counters/0/?follow=false").records().size(), 2u);
  EXPECT_EQ(tail("/lockstep/counters?follow=false").records().size(), 2u);
  EXPECT_EQ(tail("/lockstep/counters/views/?follow=false").records().size(), 1u);
  const json record = tail("/lockstep/counters?since=0").record();
  EXPECT_EQ(record["id"], "123/a");
}

TEST_F(Lockstep, SinceIsInclusive) {
  call("PUT", "/cnt/a/x");
  call("PUT", "/cnt/a/y");
  const auto all = tail("/lockstep/counters?follow=false").records();
  ASSERT_EQ(all.size(), 2u);
  const auto last = std::to_string(all[1]["updated_at"].get<std::int64_t>());
  EXPECT_EQ(tail("/lockstep/counters/" + last + "?follow=false").records().size(), 1u);
}

TEST_F(Lockstep, ThereIsAFeedForEachKindOfRecord) {
  post_json("/items", R"([{"id":"a","tenant":"t/\" ü"},{"id":"b","tenant":"t/\" ü"}])");
  call("PUT", "/sequences/orders");
  call("GET", "/v2/orders?count=3");
  const auto items = tail("/lockstep/items?follow=false").records();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0]["id"], "t/\" ü");
  EXPECT_EQ(items[0]["count"], 2);
  bool found = false;
  for (const json& one : tail("/lockstep/sequences?follow=false").records()) {
    if (one["id"] == "orders") found = one["drawn"] == 3;
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(tail("/lockstep/packages?follow=false").records().size(), 0u);
  EXPECT_EQ(tail("/lockstep/nodes?follow=false").status(), 200);
  for (const char* unknown : {"/lockstep/counter", "/lockstep/items/x", "/lockstep/a/b/c"}) {
    EXPECT_EQ(tail(unknown).status(), 404) << unknown;
  }
  for (const char* wrong : {"/lockstep/counters?since=x", "/lockstep/counters?since=-1"}) {
    EXPECT_EQ(tail(wrong).status(), 400) << wrong;
  }
}

TEST_F(Lockstep, CredentialsInTheUrlAreNoObstacle) {
  call("PUT", "/cnt/a/x");
  Tail answer =
      tail("/lockstep/counters?follow=false", "Authorization: Basic a2V5OnNlY3JldA==\r\n");
  EXPECT_EQ(answer.records().size(), 1u);
}

TEST_F(Lockstep, AClientOfHttp10GetsLinesToTheEnd) {
  call("PUT", "/cnt/a/x");
  call("PUT", "/cnt/a/y");
  test::RawHttp client(server_->port());
  client.send("GET /lockstep/counters/0?follow=false HTTP/1.0\r\n\r\n");
  const auto head = client.read_answer();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Transfer-Encoding"), "");
  const std::string body = client.read_bytes(100'000);
  const auto line_end = body.find('\n');
  ASSERT_NE(line_end, std::string::npos) << body;
  EXPECT_EQ(json::parse(body.substr(0, line_end))["id"], "a/x");
  EXPECT_EQ(json::parse(body.substr(line_end))["id"], "a/y");
}

TEST_F(Lockstep, AChunkIsARecordHoweverFastTheyChange) {
  for (int i = 0; i < 7; ++i) call("PUT", "/cnt/a/k" + std::to_string(i));
  Tail endless = tail("/lockstep/counters/a?since=0", "", 4096);
  std::vector<std::thread> writers;
  for (int i = 0; i < 7; ++i) {
    writers.emplace_back([this, i] { repeat("/cnt/a/k" + std::to_string(i), 15'000); });
  }
  std::map<std::string, std::int64_t> values;
  std::int64_t newest = 0;
  std::size_t records = 0;
  const auto complete = [&] {
    return values.size() == 7 &&
           std::ranges::all_of(values, [](const auto& one) { return one.second == 15'000; });
  };
  while (!complete()) {
    const json record = endless.record();
    ASSERT_TRUE(record.is_object()) << "after " << records;
    ASSERT_GE(record["updated_at"], newest);
    newest = record["updated_at"];
    const auto n = record["n"].get<std::int64_t>();
    ASSERT_GE(n, values[record["id"]]);
    values[record["id"]] = n;
    if (++records % 1000 == 0) std::this_thread::yield();
  }
  for (auto& writer : writers) writer.join();
  RecordProperty("records", static_cast<int>(records));
  // It goes on.
  post("/cnt/a/k0");
  EXPECT_EQ(endless.record()["n"], 15'001);
}

TEST_F(Lockstep, AHeartbeatIsAChunkOfALineEnd) {
  start_with([](engine::EngineOptions&, tails::TailLimits& limits) { limits.heartbeat = 50ms; });
  Tail endless = tail("/lockstep/counters?since=0");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(endless.chunk(), "\r\n");
  call("PUT", "/cnt/a/x");
  EXPECT_EQ(endless.record()["id"], "a/x");
}

TEST_F(Lockstep, ASinceThatIsAheadIsGone) {
  call("PUT", "/cnt/a/x");
  const auto last = tail("/lockstep/counters?follow=false").records().back()["updated_at"];
  const auto since = last.get<std::int64_t>() + 1'000'000;
  test::RawHttp client(server_->port());
  const auto answer = client.call(test::get("/lockstep/counters/" + std::to_string(since)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 410);
  EXPECT_EQ(answer->header("Content-Type"), "application/problem+json");
  EXPECT_TRUE(body_of(*answer)["oldest"].is_number()) << answer->body;
}

TEST_F(Lockstep, WhatIsOlderThanForgottenDeletionsIsGone) {
  start_with([](engine::EngineOptions& engine, tails::TailLimits&) {
    engine.tombstone_ms = 1;
    engine.sweep_ms = 1;
  });
  call("PUT", "/cnt/a/x");
  call("PUT", "/cnt/a/y");
  call("PUT", "/cnt/a/z");
  std::map<std::string, json> rows;
  mirror(rows, "counters", 0);
  ASSERT_EQ(rows.size(), 3u);
  const auto since = std::to_string(newest(rows) - 1);
  call("DELETE", "/cnt/a/y");
  test::RawAnswer answer;
  for (const auto end = std::chrono::steady_clock::now() + 30s;
       std::chrono::steady_clock::now() < end && answer.status != 410;) {
    test::RawHttp client(server_->port());
    answer = *client.call(test::get("/lockstep/counters/" + since + "?follow=false"));
  }
  ASSERT_EQ(answer.status, 410);
  const auto oldest = body_of(answer)["oldest"].get<std::int64_t>();
  EXPECT_EQ(tail("/lockstep/counters/" + std::to_string(oldest) + "?follow=false").status(), 200);
  EXPECT_EQ(tail("/lockstep/counters/" + std::to_string(oldest - 1) + "?follow=false").status(),
            410);
  EXPECT_EQ(tail("/lockstep/counters/0?follow=false").records().size(), 2u);
}

TEST_F(Lockstep, AMirrorMissesNothingAcrossRestarts) {
  std::map<std::string, json> rows;
  for (int i = 0; i < 5; ++i) call("PUT", "/cnt/a/k" + std::to_string(i));
  mirror(rows, "counters/a", 0);
  for (int round = 0; round < 3; ++round) {
    const std::string gone = "/cnt/a/k" + std::to_string(round);
    post("/cnt/a/k4");
    call("DELETE", gone);
    start();
    call("PUT", "/cnt/a/new" + std::to_string(round));
    mirror(rows, "counters/a", newest(rows));
    EXPECT_TRUE(rows["k" + std::to_string(round)]["deleted_at"].is_number());
    EXPECT_FALSE(rows["k" + std::to_string(round)].contains("n"));
    EXPECT_EQ(rows["k4"]["n"], round + 1);
    EXPECT_TRUE(rows.contains("new" + std::to_string(round)));
  }
}

TEST_F(Lockstep, AServerThatStopsEndsWithTheLastChunk) {
  call("PUT", "/cnt/a/x");
  Tail endless = tail("/lockstep/counters?since=0");
  ASSERT_EQ(endless.record()["id"], "a/x");
  Tail events = tail("/tail/", "Accept: text/event-stream\r\n");
  server_->request_stop();
  EXPECT_EQ(server_->wait(), 0);
  EXPECT_EQ(endless.chunk(), "");
  EXPECT_EQ(events.chunk(), "");
}

}  // namespace
}  // namespace dcount::api
