#include "sim/scenario/recorder.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

class RecorderTest : public testing::Test {
 protected:
  std::vector<Json> lines() {
    EXPECT_TRUE(recorder->close());
    std::vector<Json> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
    return lines;
  }

  store::TemporaryDirectory directory;
  const std::filesystem::path path = std::filesystem::path(directory.path()) / "history.jsonl";
  std::unique_ptr<Recorder> recorder = std::move(*Recorder::open(path));
};

TEST_F(RecorderTest, AnOperationIsTwoLines) {
  const Invocation add{.process = 3, .function = "add", .key = "a/b", .value = "5", .id = "p3-1"};
  recorder->invoke(add);
  recorder->complete(add, {.value = "12", .version = 9}, "node-1");
  const auto noted = lines();
  ASSERT_EQ(noted.size(), 2u);
  EXPECT_EQ(noted[0]["index"], 0);
  EXPECT_EQ(noted[0]["type"], "invoke");
  EXPECT_EQ(noted[0]["value"], 5);
  EXPECT_EQ(noted[0]["id"], "p3-1");
  EXPECT_EQ(noted[1]["index"], 1);
  EXPECT_EQ(noted[1]["type"], "ok");
  EXPECT_EQ(noted[1]["process"], 3);
  EXPECT_EQ(noted[1]["version"], 9);
  EXPECT_EQ(noted[1]["node"], "node-1");
}

TEST_F(RecorderTest, ARefusalTellsWhatItSaw) {
  const Invocation add{.process = 1, .function = "add", .key = "a/b", .value = "5"};
  recorder->invoke(add);
  recorder->complete(add, {.how = Noted::fail, .value = "9", .version = 4, .error = "bound"}, "");
  const auto noted = lines();
  EXPECT_EQ(noted[1]["type"], "fail");
  EXPECT_EQ(noted[1]["error"], "bound");
  EXPECT_EQ(noted[1]["value"], 9);
  EXPECT_EQ(recorder->count(Noted::fail), 1);
}

TEST_F(RecorderTest, NamesOfAnyBytesDoNotBreakALine) {
  recorder->invoke({.process = 1, .function = "add", .key = "a\n\"\xff"});
  EXPECT_EQ(lines().size(), 1u);
}

TEST_F(RecorderTest, LinesOfManyThreadsAreCountedInOrder) {
  std::vector<std::thread> threads;
  for (int process = 0; process < 8; ++process) {
    threads.emplace_back([this, process] {
      const Invocation read{.process = process, .function = "read", .key = "k"};
      for (int i = 0; i < 500; ++i) {
        recorder->invoke(read);
        recorder->complete(read, {.value = "1"}, "");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto noted = lines();
  ASSERT_EQ(noted.size(), 8000u);
  for (std::size_t i = 0; i < noted.size(); ++i) ASSERT_EQ(noted[i]["index"], i);
}

TEST_F(RecorderTest, AFullDiskIsTold) {
  auto full = Recorder::open("/dev/full");
  ASSERT_TRUE(full);
  for (int i = 0; i < 1000; ++i) (*full)->invoke({.function = "read", .key = "k"});
  EXPECT_FALSE((*full)->close());
}

}  // namespace
}  // namespace dcount::sim
