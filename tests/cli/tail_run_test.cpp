// A tail with a state file: what was shown and where the next one goes on.
#include "cli/tail_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>

#include "cli/tail_state.h"
#include "tests/cli/tail_server.h"
#include "tests/sim/poll.h"
#include "tests/support/run_dcount.h"

namespace dcount::cli {
namespace {

using test::bookmark_line;
using test::tail_line;
using test::TailCall;
using test::TailServer;

/// Remembers what it was told; any thread may look.
class SeenView : public TailView {
 public:
  void take(const TailRecord& record, client::TimePoint) override { note(record.line); }
  void restart() override { note("restart"); }
  void connected(const std::string&) override {}
  void lost(const std::string&) override {}
  void say(const std::string& text) override { note("say: " + text); }
  Written show(client::TimePoint, std::int64_t) override {
    const std::lock_guard lock(mutex_);
    return closed_ ? Written::closed : Written::ok;
  }
  void finish(client::TimePoint) override { note("finish"); }
  bool shows_at_end() const override { return at_end; }

  bool has(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(seen_.begin(), seen_.end(),
                       [&](auto& line) { return line.find(text) != line.npos; });
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  bool at_end = false;

 private:
  void note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(text);
  }
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;
  bool closed_ = false;
};

class TailRuns : public testing::Test {
 protected:
  TailRuns() {
    options.feed.endpoints = {server.endpoint()};
    options.feed.follow = true;
    options.feed.retry_time = std::chrono::seconds(30);
    options.state = (place.path() / "state").string();
  }
  ~TailRuns() override {
    view.close();  // ends what still runs
    server.close();
  }
  void start() {
    running = std::async(std::launch::async, [this] { return run_tail(options, view); });
  }
  /// -1: none.
  std::int64_t saved() const {
    auto state = read_tail_state(options.state);
    return state && *state ? (*state)->revision : -1;
  }
  bool saves(std::int64_t revision) const {
    return sim::eventually([&] { return saved() == revision; });
  }
  TailOutcome end() {
    view.close();
    return running.get();
  }

  TailServer server;
  test::Workplace place;
  SeenView view;
  TailRunOptions options;
  std::future<TailOutcome> running;
};

TEST_F(TailRuns, StateFollowsWhatWasShownAndIsWhereTheNextGoesOn) {
  options.feed.what = {"c/", "a/b", "c/"};
  start();
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?keys=a/b,c/&snapshot=true");
  call.begin().line(tail_line("x", 1, 5));
  EXPECT_TRUE(saves(5));
  call.line(bookmark_line(9));
  EXPECT_TRUE(saves(9));
  EXPECT_EQ(end().code, ExitCode::ok);
  EXPECT_EQ(read_tail_state(options.state).value()->what, (std::vector<std::string>{"a/b", "c/"}));
  options.feed.what = {"c/", "a/b"};
  options.feed.since = 1;  // for the first time only
  options.feed.since_binds = true;
  start();
  EXPECT_EQ(server.accept().target(), "/tail/?keys=a/b,c/&since=9");
}

TEST_F(TailRuns, RevisionThatIsNotCompleteIsNotSaved) {
  options.feed.follow = false;
  options.feed.retry_time = std::chrono::milliseconds(0);
  start();
  TailCall call = server.accept();
  call.begin().line(tail_line("x", 1, 5)).line(tail_line("y", 1, 6, false));
  EXPECT_TRUE(sim::eventually([&] { return view.has("\"y\""); }));
  call.cut();
  EXPECT_EQ(running.get().code, ExitCode::unavailable);
  EXPECT_TRUE(view.has("finish"));  // all that came was shown, and saved as far as it is complete
  EXPECT_EQ(saved(), 5);
}

TEST_F(TailRuns, TheEndIsSavedAtOnce) {
  options.feed.follow = false;
  start();
  server.accept().begin().line(tail_line("x", 1, 5)).line(tail_line("x", 1, 6)).finish();
  EXPECT_EQ(running.get().code, ExitCode::ok);
  EXPECT_EQ(saved(), 6);
  EXPECT_TRUE(view.has("finish"));
}

TEST_F(TailRuns, WhatIsShownAtTheEndIsNotSavedBefore) {
  options.feed.follow = false;
  options.feed.retry_time = std::chrono::milliseconds(0);
  view.at_end = true;
  start();
  TailCall call = server.accept();
  call.begin().line(tail_line("x", 1, 5));
  EXPECT_TRUE(sim::eventually([&] { return view.has("\"x\""); }));
  call.cut();
  const TailOutcome outcome = running.get();
  EXPECT_EQ(outcome.code, ExitCode::unavailable);
  EXPECT_FALSE(view.has("finish"));
  EXPECT_EQ(saved(), -1);
}

TEST_F(TailRuns, StateThatIsGoneIsSaidAndBeginsAgain) {
  ASSERT_TRUE(write_tail_state(options.state, {.what = {}, .revision = 100}));
  options.feed.since = 1;  // for the first time only
  options.feed.since_binds = true;
  start();
  TailCall first = server.accept();
  EXPECT_EQ(first.target(), "/tail/?since=100");
  first.gone(140);
  TailCall second = server.accept();
  EXPECT_EQ(second.target(), "/tail/?snapshot=true");
  second.begin().line(tail_line("x", 1, 150));
  EXPECT_TRUE(saves(150));
  EXPECT_TRUE(view.has("restart"));
  EXPECT_TRUE(view.has("say: what changed after revision 100 is not known any more"));
  second.cut();
  server.accept().gone(200);
  // Lower: the store was restored from a backup.
  server.accept().begin().line(tail_line("x", 1, 7));
  EXPECT_TRUE(saves(7));
}

TEST_F(TailRuns, SinceThatIsGoneIsNotFound) {
  options.feed.since = 100;
  options.feed.since_binds = true;
  start();
  server.accept().gone(200);
  const TailOutcome outcome = running.get();
  EXPECT_EQ(outcome.code, ExitCode::not_found);
  EXPECT_EQ(outcome.error->detail, "too old");
  EXPECT_EQ(saved(), -1);
}

TEST_F(TailRuns, StateOfOtherCountersIsRefused) {
  ASSERT_TRUE(write_tail_state(options.state, {.what = {"a/"}, .revision = 100}));
  const TailOutcome outcome = run_tail(options, view);
  EXPECT_EQ(outcome.code, ExitCode::error);
  EXPECT_NE(outcome.error->detail.find("other counters"), std::string::npos);
}

TEST_F(TailRuns, TornStateIsRefusedBeforeAnythingIsAsked) {
  place.write("state", R"({"revision":12,"wh)");
  const TailOutcome outcome = run_tail(options, view);
  EXPECT_EQ(outcome.code, ExitCode::error);
  EXPECT_NE(outcome.error->detail.find("does not hold the state"), std::string::npos);
}

TEST_F(TailRuns, StateThatCannotBeWrittenIsToldBeforeAndWhenItHappens) {
  const std::string good = options.state;
  options.state = "/nonexistent/state";
  EXPECT_EQ(run_tail(options, view).code, ExitCode::error);
  options.state = good;
  start();
  TailCall call = server.accept();
  std::filesystem::create_directory(good + ".part");  // in the way
  call.begin().line(tail_line("x", 1, 5));
  const TailOutcome outcome = running.get();
  EXPECT_EQ(outcome.code, ExitCode::error);
  EXPECT_NE(outcome.error->detail.find("cannot write " + good), std::string::npos);
}

}  // namespace
}  // namespace dcount::cli
