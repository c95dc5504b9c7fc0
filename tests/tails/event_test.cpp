// /tail as server-sent events and as lines.
#include "tests/tails/serving_tails.h"

namespace dcount::api {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const std::string events = "Accept: text/event-stream\r\n";
const std::string lines = "Accept: application/x-ndjson\r\n";

class Events : public ServingTails {
 protected:
  Events() {
    call("PUT", "/cnt/a/x");
    call("PUT", "/cnt/a/y");
    call("PUT", "/cnt/b/x");
  }

  /// "a/x" of all that a finite answer tells.
  std::string told(const std::string& target, const std::string& fields = lines) {
    Tail finite = tail(target, fields);
    EXPECT_EQ(finite.status(), 200) << target << finite.head().body;
    std::string names;
    for (const json& one : finite.records()) {
      if (one.contains("id"))
        names += one["c"].get<std::string>() + one["id"].get<std::string>() + " ";
    }
    return names;
  }
};

TEST_F(Events, AnEventIsDataAndTheIdOfItsRevision) {
  Tail stream = tail("/tail/?snapshot=true", events);
  EXPECT_EQ(stream.head().header("Content-Type"), "text/event-stream");
  EXPECT_EQ(stream.head().header("Cache-Control"), "no-store");
  const std::string first = stream.chunk().value_or("");
  const auto revision = first.substr(first.find("id: ") + 4);
  EXPECT_EQ(first, R"(data: {"id":"x","n":0,"c":"a","rev":)" +
                       revision.substr(0, revision.find('\n')) + "}\nid: " + revision);
  EXPECT_TRUE(first.ends_with("\n\n"));
  stream.chunk();
  stream.chunk();
  call("DELETE", "/cnt/a/x");
  EXPECT_TRUE(stream.chunk()->starts_with(R"(data: {"id":"x","d":1,"c":"a","rev":)"));
}

TEST_F(Events, AnIdComesWithTheLastOfItsRevisionOnly) {
  Tail stream = tail("/tail/", events);
  Tail of_lines = tail("/tail/", lines);
  ASSERT_EQ(stream.status() + of_lines.status(), 400);
  post_json("/batch", R"({"ops":[{"add":"a/x","n":2},{"add":"a/y","n":3},{"add":"b/x"}]})");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(stream.chunk()->find("\nid: ") != std::string::npos, i == 2);
    EXPECT_EQ(of_lines.change().contains("complete"), i == 2);
  }
}

TEST_F(Events, PathAndKeysSayWhatIsTold) {
  EXPECT_EQ(told("/tail/?follow=false"), "ax ay bx ");
  EXPECT_EQ(told("/tail?follow=false"), "ax ay bx ");
  EXPECT_EQ(told("/tail/x?follow=false"), "ax bx ");
  EXPECT_EQ(told("/tail/a/?follow=false"), "ax ay ");
  EXPECT_EQ(told("/tail/a/y?follow=false"), "ay ");
  EXPECT_EQ(told("/tail/?follow=false&keys=b/x,a/y"), "ay bx ");
  EXPECT_EQ(told("/tail/?follow=false&keys=b/"), "bx ");
  EXPECT_EQ(told("/tail/?follow=false&keys=*"), "ax ay bx ");
  EXPECT_EQ(told("/tail/none?follow=false"), "");
  EXPECT_EQ(tail("/tail/?keys=a/b/c", lines).status(), 400);
  EXPECT_EQ(tail("/tail/?keys=%20", lines).status(), 400);
}

TEST_F(Events, WithoutASinceOnlyWhatComesIsTold) {
  Tail stream = tail("/tail/a/x", lines);
  ASSERT_EQ(stream.status(), 200);
  post("/cnt/a/y");
  post("/cnt/a/x/5");
  EXPECT_EQ(stream.change()["n"], 5);
}

TEST_F(Events, TheLastEventIdBeatsTheSinceAndBothAreExclusive) {
  std::vector<std::string> revisions;
  for (const json& one : tail("/tail/?follow=false", lines).records()) {
    if (one.contains("id")) revisions.push_back(std::to_string(one["rev"].get<std::int64_t>()));
  }
  ASSERT_EQ(revisions.size(), 3u);
  EXPECT_EQ(told("/tail/?follow=false&since=" + revisions[1]), "bx ");
  EXPECT_EQ(told("/tail/?follow=false&since=0", lines + "Last-Event-ID: " + revisions[0] + "\r\n"),
            "ay bx ");
  EXPECT_EQ(told("/tail/?follow=false&since=" + revisions[1], lines + "Last-Event-ID: 0\r\n"),
            "ax ay bx ");
  EXPECT_EQ(tail("/tail/?since=999999", lines).status(), 410);
  EXPECT_EQ(tail("/tail/", lines + "Last-Event-ID: 999999\r\n").status(), 410);
  EXPECT_EQ(tail("/tail/", lines + "Last-Event-ID: x\r\n").status(), 400);
}

TEST_F(Events, AFiniteAnswerEndsWithABookmark) {
  const auto all = tail("/tail/?follow=false", lines).records();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_FALSE(all[3].contains("id"));
  EXPECT_EQ(all[3]["complete"], true);
  EXPECT_GE(all[3]["rev"], all[2]["rev"]);
}

TEST_F(Events, IdleTailsGetBookmarks) {
  start_with([](engine::EngineOptions&, tails::TailLimits& limits) { limits.heartbeat = 50ms; });
  Tail stream = tail("/tail/b/x", events), of_lines = tail("/tail/b/", lines);
  ASSERT_EQ(stream.status() + of_lines.status(), 400);
  post("/cnt/a/x");  // of no interest, and so a reason for a bookmark
  const auto changed = tail("/tail/a/x?follow=false", lines).record()["rev"].get<std::int64_t>();
  std::int64_t told = 0;
  while (told < changed) {
    const std::string beat = stream.chunk().value_or("");
    ASSERT_TRUE(beat.starts_with(": heartbeat\n")) << beat;
    ASSERT_TRUE(beat.ends_with("\n\n"));
    if (beat.find("\nid: ") != std::string::npos)
      told = std::stoll(beat.substr(beat.find("id: ") + 4));
  }
  for (json line; !(line.is_object() && line["rev"] >= changed);) {
    const std::string beat = of_lines.chunk().value_or("");
    ASSERT_TRUE(beat.ends_with('\n'));
    line = json::parse(beat, nullptr, false);
  }
}

TEST_F(Events, WhatCannotBeIsToldSo) {
  EXPECT_EQ(tail("/tail/", "Accept: text/html\r\n").status(), 406);
  EXPECT_EQ(tail("/tail/", "Accept: */*\r\n").head().header("Content-Type"),
            "application/x-ndjson");
  const auto head = call("HEAD", "/tail/", "", events);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(post("/tail/").status, 405);
}

TEST_F(Events, RequestsBeforeATailAreAnsweredFirst) {
  test::RawHttp client(server_->port());
  std::string calls;
  for (int i = 0; i < 20; ++i) calls += test::post("/cnt/a/x", "");
  client.send(calls + test::get("/tail/a/x?follow=false", lines) + test::get("/livez"));
  for (int i = 1; i <= 20; ++i) {
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(body_of(*answer)["n"], i);
  }
  const auto head = client.read_answer();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Content-Type"), "application/x-ndjson");
  const std::string rest = client.read_bytes(100'000);  // the tail, and nothing after it
  EXPECT_NE(rest.find(R"("n":20)"), std::string::npos) << rest;
  EXPECT_EQ(rest.find("HTTP/1.1"), std::string::npos) << rest;
}

TEST_F(Events, TailsOfAllLoopsAreTold) {
  settings_.threads = 2;
  start();
  std::vector<Tail> tails;
  for (int i = 0; i < 16; ++i) tails.push_back(tail(i % 2 == 0 ? "/tail/a/" : "/tail/x", lines));
  for (Tail& one : tails) ASSERT_EQ(one.status(), 200);
  for (int n = 1; n <= 150; ++n) {
    post("/cnt/a/x");
    for (Tail& one : tails) ASSERT_EQ(one.change()["n"], n);
  }
}

TEST_F(Events, OneTailTooManyIsRefused) {
  start_with([](engine::EngineOptions&, tails::TailLimits& limits) {
    limits.tails_max = 2;
    limits.keys_max = 3;
  });
  Tail one = tail("/tail/", lines);
  EXPECT_EQ(tail("/tail/?keys=a,b,c,d", lines).status(), 400);
  {
    Tail two = tail("/tail/", lines);
    ASSERT_EQ(two.status(), 200);
    EXPECT_EQ(tail("/tail/", lines).status(), 503);
    EXPECT_EQ(tail("/lockstep/counters").status(), 503);
  }
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (tail("/tail/", lines).status() != 200) ASSERT_LT(std::chrono::steady_clock::now(), end);
}

TEST_F(Events, AReaderThatNeverReadsCostsLittleAndThenGetsTheLastValues) {
  Tail slow = tail("/tail/", lines, 4096);
  ASSERT_EQ(slow.status(), 200);
  repeat("/cnt/a/x", 50'000);
  repeat("/cnt/a/y", 50'000);
  std::size_t records = 0;
  std::int64_t x = 0, y = 0;
  while (x < 50'000 || y < 50'000) {
    const json one = slow.record();
    ASSERT_TRUE(one.is_object());
    if (!one.contains("id")) continue;
    ++records;
    (one["id"] == "x" ? x : y) = one["n"];
  }
  EXPECT_LT(records, 20'000u);  // what the kernel and one round have taken; nothing queues behind
}

}  // namespace
}  // namespace dcount::api
