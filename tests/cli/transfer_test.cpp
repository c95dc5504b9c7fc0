// batch, dump and restore, with the real binary against a fake server.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using Json = nlohmann::json;

class Transfer : public testing::Test {
 protected:
  Ran run(std::vector<std::string> arguments, RunOptions options = {}) {
    options.environment.try_emplace("DCOUNT_SERVER", server.url());
    options.environment.try_emplace("DCOUNT_RETRY_TIME", "0");
    return place.run(arguments, options);
  }

  static std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += R"({"add": "c/)" + std::to_string(i % 7) + R"(", "n": 2})" + "\n";
    }
    return text;
  }

  FakeServer server;
  Workplace place;
};

TEST_F(Transfer, BatchTakesADocument) {
  place.write("ops.json", "{\n \"ops\": [\n  {\"add\": \"c/x\", \"n\": 5}, {\"add\": \"c/y\"}]\n}");
  Ran ran = run({"batch", "ops.json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "COUNTER  N  APPLIED\n"
            "c/x      5        5\n"
            "c/y      1        1\n");
}

TEST_F(Transfer, BatchTakesLinesOnStandardInput) {
  Ran ran = run({"batch", "-", "--json"}, {.input = lines(3)});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["results"].size(), 3u);
}

TEST_F(Transfer, BatchTakesEveryKindOfOperation) {
  server.set("c/x", 5);
  Ran ran = run({"batch", "-"}, {.input = "{\"delete\":\"c/x\"}\n{\"add\":\"c/y\"}\n"});
  EXPECT_EQ(ran.out,
            "COUNTER  N  APPLIED\n"
            "c/x      -        -\n"
            "c/y      1        1\n");
  EXPECT_EQ(server.value("c/x"), 0);
}

TEST_F(Transfer, RefusedBatchSaysWhichOperation) {
  Ran ran = run({"batch", "-"}, {.input = "{\"add\":\"c/x\"}\n{\"add\":\"refused/me\"}\n"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_NE(ran.err.find("operation 1"), std::string::npos);
  EXPECT_EQ(server.value("c/x"), 0);
}

TEST_F(Transfer, ABatchOfMoreThanAThousandIsNotSplitSilently) {
  Ran ran = run({"batch", "-"}, {.input = lines(1001)});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("--chunked"), std::string::npos);
  EXPECT_TRUE(server.seen().empty());
  EXPECT_EQ(run({"batch", "-"}, {.input = lines(1000)}).status, 0);
}

TEST_F(Transfer, ChunkedBatchAppliesEverythingOnce) {
  Ran ran = run({"batch", "--chunked", "-"}, {.input = lines(2500)});
  EXPECT_EQ(ran.out, "2500 operations applied\n");
  EXPECT_EQ(server.seen().size(), 3u);
  std::int64_t sum = 0;
  for (int i = 0; i < 7; ++i) sum += server.value("c/" + std::to_string(i));
  EXPECT_EQ(sum, 5000);
}

TEST_F(Transfer, ChunkedBatchThatBrokeOffGoesOnWithItsKey) {
  place.write("ops", lines(2500));
  server.fail_next({});
  server.fail_next({.lose_answer = true});
  Ran ran = run({"batch", "--chunked", "ops"});
  EXPECT_EQ(ran.status, 8);
  EXPECT_NE(ran.err.find("1000 operations were applied"), std::string::npos) << ran.err;
  auto key = server.seen().front().key;
  key.resize(key.rfind('-'));
  EXPECT_NE(ran.err.find("--idempotency-key " + key), std::string::npos) << ran.err;
  EXPECT_EQ(run({"batch", "--chunked", "ops", "--idempotency-key", key}).status, 0);
  std::int64_t sum = 0;
  for (int i = 0; i < 7; ++i) sum += server.value("c/" + std::to_string(i));
  EXPECT_EQ(sum, 5000);
}

TEST_F(Transfer, WhatIsNoBatchIsRefusedBeforeItIsSent) {
  for (const char* input :
       {"nonsense", "{}", "[1]", "{\"add\":\"c/x\"}\nnonsense", "{\"ops\":[{\"n\":1}]}"}) {
    Ran ran = run({"batch", "-"}, {.input = input});
    EXPECT_EQ(ran.status, 1) << input;
    EXPECT_NE(ran.err, "");
  }
  EXPECT_EQ(run({"batch", "-"}, {.input = std::string(100'000, '[')}).status, 1);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(Transfer, NothingToDoIsDoneWithoutAServer) {
  for (const char* input : {"", "\n\n", "{\"ops\": []}"}) {
    Ran ran = run({"batch", "-", "--json"}, {.input = input});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.out, "{\"results\":[],\"replayed\":false}\n");
    EXPECT_EQ(run({"batch", "--chunked", "-"}, {.input = input}).out, "0 operations applied\n");
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(Transfer, DumpGoesToStandardOutput) {
  std::string dump = lines(20'000);
  server.set_dump(dump);
  Ran ran = run({"dump"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.out == dump);
  EXPECT_EQ(ran.err, "");
}

TEST_F(Transfer, DumpGoesToAFile) {
  server.set_dump(lines(100));
  EXPECT_EQ(run({"dump", "backup"}).status, 0);
  EXPECT_EQ(place.read("backup"), lines(100));
}

TEST_F(Transfer, FailedDumpLeavesNoFileAndSparesTheOldOne) {
  server.fail_next({.status = 403});
  EXPECT_EQ(run({"dump", "backup"}).status, 5);
  EXPECT_FALSE(std::filesystem::exists(place.path() / "backup"));
  place.write("backup", "old");
  server.set_dump(lines(100));
  server.fail_next({.lose_answer = true});
  EXPECT_EQ(run({"dump", "backup"}).status, 7);
  EXPECT_EQ(place.read("backup"), "old");
  EXPECT_FALSE(std::filesystem::exists(place.path() / "backup.part"));
}

TEST_F(Transfer, InterruptedDumpLeavesNothingBehind) {
  server.stall_dumps();
  Running running(place, {"dump", "backup"}, {.environment = {{"DCOUNT_SERVER", server.url()}}});
  while (server.seen().empty()) std::this_thread::yield();
  EXPECT_TRUE(std::filesystem::exists(place.path() / "backup.part"));
  running.signal(SIGINT);
  EXPECT_EQ(running.wait().status, 130);
  EXPECT_FALSE(std::filesystem::exists(place.path() / "backup.part"));
  EXPECT_FALSE(std::filesystem::exists(place.path() / "backup"));
}

TEST_F(Transfer, InterruptedChunkedBatchSaysHowToGoOn) {
  place.write("ops", lines(2500));
  server.fail_always({.status = 503});
  Running running(place, {"batch", "--chunked", "ops"},
                  {.environment = {{"DCOUNT_SERVER", server.url()}}});
  while (server.seen().empty()) std::this_thread::yield();
  running.signal(SIGINT);
  server.heal();
  Ran ran = running.wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_NE(ran.err.find("1000 operations were applied"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("--idempotency-key"), std::string::npos) << ran.err;
}

TEST_F(Transfer, RestoreSendsTheFile) {
  place.write("backup", lines(50'000));
  EXPECT_EQ(run({"restore", "backup"}).status, 0);
  EXPECT_TRUE(server.restored() == lines(50'000));
}

TEST_F(Transfer, RestoreIntoAStoreWithDataNeedsForce) {
  server.set("c/x", 1);
  place.write("backup", lines(1));
  Ran ran = run({"restore", "backup"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_NE(ran.err.find("--force"), std::string::npos);
  EXPECT_EQ(run({"restore", "backup", "--force"}).status, 0);
}

TEST_F(Transfer, RestoreOfWhatIsNotThereIsAnError) {
  EXPECT_EQ(run({"restore", "none"}).status, 1);
  EXPECT_TRUE(server.seen().empty());
}

}  // namespace
}  // namespace dcount::test
