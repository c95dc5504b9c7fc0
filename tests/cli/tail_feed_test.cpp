// The feed of a tail over connections that break: nothing lost, nothing twice.
#include "cli/tail_feed.h"

#include <gtest/gtest.h>

#include "tests/cli/tail_feed_rig.h"

namespace dcount::cli {
namespace {

using test::bookmark_line;
using test::deletion_line;
using test::tail_line;
using test::TailCall;

TEST(TailTarget, SaysWhatAndFromWhere) {
  EXPECT_EQ(tail_target({}, {}, true), "/tail/?snapshot=true");
  EXPECT_EQ(tail_target({}, {}, false), "/tail/?snapshot=true&follow=false");
  EXPECT_EQ(tail_target({"a/b", "c/", "d"}, 57, true), "/tail/?keys=a/b,c/,d&since=57");
  EXPECT_EQ(tail_target({"a"}, 0, false), "/tail/?keys=a&since=0&follow=false");
}

TEST_F(TailFeeds, CurrentValuesAndTheEnd) {
  auto options = finite();
  options.api_key = "secret";
  start(options);
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?snapshot=true&follow=false");
  EXPECT_NE(call.head().find("Accept: application/x-ndjson\r\n"), std::string::npos) << call.head();
  EXPECT_NE(call.head().find("Authorization: Bearer secret\r\n"), std::string::npos);
  call.begin().line(tail_line("a", 7, 12, false)).line(deletion_line("b", 12)).finish();
  EXPECT_EQ(next(), "connected");
  EXPECT_EQ(next(), "c/a=7@12");
  EXPECT_EQ(std::get<TailRecord>(event).line, tail_line("a", 7, 12, false));
  EXPECT_EQ(next(), "c/b deleted@12!");
  EXPECT_EQ(next(), "ended");
}

TEST_F(TailFeeds, LineThatWasCutIsAskedForAgain) {
  start(following());
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3)).chunk(R"({"id":"b","n":4,)");
  EXPECT_EQ(next_record(), "c/a=1@3!");
  call.cut();
  TailCall again = server.accept();
  EXPECT_EQ(again.target(), "/tail/?since=3");
  again.begin().line(tail_line("b", 42, 4));
  EXPECT_EQ(next(), "lost");
  EXPECT_EQ(next(), "connected");
  EXPECT_EQ(next(), "c/b=42@4!");
}

TEST_F(TailFeeds, RevisionThatWasCutIsToldOnce) {
  start(following(4));
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?since=4");
  call.begin().line(tail_line("a", 1, 5, false));
  EXPECT_EQ(next_record(), "c/a=1@5");
  call.cut();
  TailCall again = server.accept();
  EXPECT_EQ(again.target(), "/tail/?since=4");
  again.begin().line(tail_line("a", 1, 5, false)).line(tail_line("b", 1, 5));
  EXPECT_EQ(next_record(), "c/b=1@5!");
}

TEST_F(TailFeeds, LastRecordOfARevisionStillCompletesItWhenItIsARepeat) {
  start(following(4));
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 5, false));
  EXPECT_EQ(next_record(), "c/a=1@5");
  call.cut();
  TailCall again = server.accept();
  again.begin().line(tail_line("a", 1, 5));
  EXPECT_EQ(next_record(), "@5!");
  again.cut();
  EXPECT_EQ(server.accept().target(), "/tail/?since=5");
}

TEST_F(TailFeeds, WhatComesFromBeforeTheResumePointIsLeftOut) {
  start(following(10));
  server.accept()
      .begin()
      .line(tail_line("a", 1, 9, false))
      .line(tail_line("a", 2, 10))
      .line(tail_line("a", 3, 11));
  EXPECT_EQ(next_record(), "@10!");
  EXPECT_EQ(next_record(), "c/a=3@11!");
}

TEST_F(TailFeeds, BookmarkMovesTheResumePoint) {
  start(following());
  TailCall call = server.accept();
  call.begin().line(bookmark_line(57));
  EXPECT_EQ(next_record(), "@57!");
  call.cut();
  EXPECT_EQ(server.accept().target(), "/tail/?since=57");
}

TEST_F(TailFeeds, LastChunkMeansAskAgain) {
  start(following());
  server.accept().begin().line(tail_line("a", 1, 3)).finish();
  EXPECT_EQ(next(), "connected");
  EXPECT_EQ(next(), "c/a=1@3!");
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?since=3");
  call.begin().line(tail_line("a", 2, 4));
  EXPECT_EQ(next(), "connected");
  EXPECT_EQ(next(), "c/a=2@4!");
}

TEST_F(TailFeeds, CutFiniteAnswerIsNotTakenForAll) {
  start(finite());
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3));
  EXPECT_EQ(next_record(), "c/a=1@3!");
  call.cut();
  TailCall again = server.accept();
  EXPECT_EQ(again.target(), "/tail/?since=3&follow=false");
  again.begin().line(tail_line("b", 1, 4)).finish();
  EXPECT_EQ(next_record(), "c/b=1@4!");
  EXPECT_EQ(next_record(), "ended");
}

TEST_F(TailFeeds, SnapshotThatWasCutBeforeItCompletedAnythingIsToldOnce) {
  start(following());
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3, false));
  EXPECT_EQ(next_record(), "c/a=1@3");
  call.cut();
  TailCall again = server.accept();
  EXPECT_EQ(again.target(), "/tail/?snapshot=true");
  again.begin().line(tail_line("b", 1, 3)).line(tail_line("a", 2, 4));
  EXPECT_EQ(next_record(), "c/b=1@3!");
  EXPECT_EQ(next_record(), "c/a=2@4!");
}

}  // namespace
}  // namespace dcount::cli
