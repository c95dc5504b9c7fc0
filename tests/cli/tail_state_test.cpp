// The file in which a tail remembers how far it got.
#include "cli/tail_state.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/run_dcount.h"

namespace dcount::cli {
namespace {

class TailStateFile : public testing::Test {
 protected:
  test::Workplace place;
  std::string file = (place.path() / "state").string();
};

TEST_F(TailStateFile, ReadsBackAsItWasWritten) {
  ASSERT_TRUE(write_tail_state(file, {.what = {"a/b", "c/"}, .revision = INT64_MAX}));
  auto read = read_tail_state(file);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->what, (std::vector<std::string>{"a/b", "c/"}));
  EXPECT_EQ((*read)->revision, INT64_MAX);
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));
}

TEST_F(TailStateFile, MissingFileIsNoState) {
  auto read = read_tail_state(file);
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST_F(TailStateFile, TornFileIsAnErrorThatSaysSo) {
  ASSERT_TRUE(write_tail_state(file, {.what = {"a/b"}, .revision = 123}));
  const std::string whole = place.read("state");
  for (std::size_t size = 0; size + 2 <= whole.size(); ++size) {  // all but the line's end
    place.write("state", whole.substr(0, size));
    auto read = read_tail_state(file);
    ASSERT_FALSE(read) << size;
    EXPECT_NE(read.error().detail.find("does not hold the state of a tail"), std::string::npos);
    EXPECT_EQ(place.read("state").size(), size);
  }
}

TEST_F(TailStateFile, AnotherFileIsNotTakenForAState) {
  for (const char* text : {"nonsense", "{}", "[]", R"({"revision":1})", R"({"what":[]})",
                           R"({"revision":-1,"what":[]})", R"({"revision":"1","what":[]})"}) {
    place.write("state", text);
    EXPECT_FALSE(read_tail_state(file)) << text;
  }
  EXPECT_FALSE(read_tail_state(place.path().string()));
}

TEST_F(TailStateFile, FailedWriteSparesTheStateBefore) {
  ASSERT_TRUE(write_tail_state(file, {.what = {}, .revision = 1}));
  std::filesystem::create_directory(file + ".part");  // in the way
  EXPECT_FALSE(can_write_tail_state(file));
  EXPECT_FALSE(write_tail_state(file, {.what = {}, .revision = 2}));
  EXPECT_EQ(read_tail_state(file).value()->revision, 1);
}

TEST_F(TailStateFile, WhatAKilledTailLeftBehindIsInNobodysWay) {
  place.write("state.part", "{\"rev");
  EXPECT_TRUE(can_write_tail_state(file));
  EXPECT_FALSE(std::filesystem::exists(file));
  place.write("state.part", "{\"rev");
  EXPECT_TRUE(write_tail_state(file, {.what = {}, .revision = 2}));
  EXPECT_EQ(read_tail_state(file).value()->revision, 2);
}

}  // namespace
}  // namespace dcount::cli
