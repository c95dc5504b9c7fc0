// When the feed of a tail begins again, goes elsewhere, waits, or ends.
#include "cli/tail_feed.h"

#include <gtest/gtest.h>

#include "tests/cli/tail_feed_rig.h"

namespace dcount::cli {
namespace {

using std::chrono::milliseconds;
using test::bookmark_line;
using test::tail_line;
using test::TailCall;
using test::TailServer;

TEST_F(TailFeeds, GoneBeginsAgainWithTheCurrentValues) {
  start(following(10));
  server.accept().gone(40);
  EXPECT_EQ(next(), "restarted");
  EXPECT_NE(std::get<TailNews>(event).text.find("revision 10"), std::string::npos);
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?snapshot=true");
  // Also when the store is behind: it was restored from a backup.
  call.begin().line(tail_line("a", 1, 3));
  EXPECT_EQ(next_record(), "c/a=1@3!");
}

TEST_F(TailFeeds, GoneIsTheEndWhenTheRevisionWasAskedFor) {
  auto options = following(10);
  options.since_binds = true;
  start(options);
  server.accept().gone(40);
  EXPECT_EQ(next(), "failed: not_found");
}

TEST_F(TailFeeds, RevisionThatWasAskedForBindsOnlyUntilTheFirstRecord) {
  auto options = following(10);
  options.since_binds = true;
  start(options);
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 11));
  EXPECT_EQ(next_record(), "c/a=1@11!");
  call.cut();
  server.accept().gone(40);
  EXPECT_EQ(next_record(), "restarted");
}

TEST_F(TailFeeds, SnapshotThatIsGoneIsNotAskedForForEver) {
  start(following());
  server.accept().gone(40);
  EXPECT_EQ(next(), "failed: not_found");
}

TEST_F(TailFeeds, AnotherServerGoesOn) {
  TailServer other;
  auto options = following();
  options.endpoints.push_back(other.endpoint());
  start(options);
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3));
  EXPECT_EQ(next_record(), "c/a=1@3!");
  server.close();
  call.cut();
  TailCall there = other.accept();
  EXPECT_EQ(there.target(), "/tail/?since=3");
  there.begin().line(tail_line("a", 2, 4));
  EXPECT_EQ(next_record(), "c/a=2@4!");
}

TEST_F(TailFeeds, ServerThatRefusesForNowIsAskedAgain) {
  start(following());
  for (int status : {503, 429, 502}) server.accept().refuse(status);
  server.accept().begin().line(tail_line("a", 1, 3));
  EXPECT_EQ(next(), "lost");  // once, not each time
  EXPECT_EQ(next(), "connected");
  EXPECT_EQ(next(), "c/a=1@3!");
}

TEST_F(TailFeeds, WhatTheServerWillNeverAllowIsTheEnd) {
  const std::pair<int, const char*> rules[] = {{400, "failed: bad_request"},
                                               {401, "failed: not_allowed"},
                                               {403, "failed: not_allowed"},
                                               {404, "failed: not_found"}};
  for (auto [status, words] : rules) {
    start(following());
    server.accept().refuse(status, R"({"code":"c","detail":"because"})");
    EXPECT_EQ(next(), words);
    EXPECT_EQ(error()->detail, "because");
    EXPECT_EQ(error()->status, status);
  }
}

TEST_F(TailFeeds, NobodyThereIsTheEndWhenPatienceIsOver) {
  auto options = following();
  options.retry_time = milliseconds(0);
  server.close();
  start(options);
  EXPECT_EQ(next(), "failed: unavailable");
  EXPECT_NE(error()->detail.find(options.endpoints[0].url()), std::string::npos) << error()->detail;
}

TEST_F(TailFeeds, OnceItHasHeardAnythingItNeverGivesUp) {
  auto options = following();
  options.retry_time = milliseconds(0);
  start(options);
  server.accept().begin().line(bookmark_line(2)).cut();
  for (int i = 0; i < 4; ++i) server.accept().refuse(503);
  server.accept().begin().line(tail_line("a", 1, 3));
  EXPECT_EQ(next_record(), "@2!");
  EXPECT_EQ(next_record(), "c/a=1@3!");
}

TEST_F(TailFeeds, FiniteAnswerIsWaitedForOnlySoLong) {
  auto options = finite();
  options.retry_time = milliseconds(0);
  start(options);
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3));
  EXPECT_EQ(next_record(), "c/a=1@3!");
  call.cut();
  EXPECT_EQ(next_record(), "failed: unavailable");
}

TEST_F(TailFeeds, WhatIsNoTailIsSaidToBeNone) {
  for (const char* body : {"<html>\n", R"({"counters":[]})", R"({"id":"a","n":1})"}) {
    start(following());
    server.accept().begin().line(body);
    EXPECT_EQ(next_record(), "failed: protocol") << body;
  }
}

TEST_F(TailFeeds, StopsWhileTheServerIsSilent) {
  start(following());
  TailCall call = server.accept();
  call.begin();
  EXPECT_EQ(next(), "connected");
  feed.reset();
  EXPECT_TRUE(call.is_left());
}

TEST_F(TailFeeds, StopsWhileItWaitsToTryAgain) {
  start(following());
  server.accept().refuse(503);
  EXPECT_EQ(next(), "lost");
  feed.reset();
}

TEST_F(TailFeeds, ReaderThatDoesNotReadHoldsTheServerBack) {
  start(following());
  TailCall call = server.accept();
  call.begin();
  EXPECT_EQ(next(), "connected");
  std::string chunk;
  std::int64_t revision = 0;
  std::size_t sent = 0;
  // Sockets buffer some megabytes; the feed must not add all the rest.
  constexpr std::size_t limit = std::size_t{64} << 20;
  while (sent < limit && call.socket().can(POLLOUT, milliseconds(500))) {
    if (chunk.empty()) {
      std::string lines;
      for (int i = 0; i < 1000; ++i) {
        ++revision;
        lines += tail_line("a", revision, revision) + "\n";
      }
      char size[32];
      std::snprintf(size, sizeof size, "%zx\r\n", lines.size());
      chunk = size + lines + "\r\n";
    }
    const std::size_t part = call.socket().send_what_fits(chunk);
    chunk.erase(0, part);
    sent += part;
  }
  EXPECT_LT(sent, limit);
  for (std::int64_t i = 1; i < 1000; ++i) {
    ASSERT_EQ(next(), "c/a=" + std::to_string(i) + "@" + std::to_string(i) + "!");
  }
}

}  // namespace
}  // namespace dcount::cli
