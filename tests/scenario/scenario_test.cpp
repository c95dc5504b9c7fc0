// The scenarios that come with dcount.
#include "sim/scenario/scenario.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/scenario/draw.h"

namespace dcount::sim {
namespace {

std::vector<std::filesystem::path> scenarios(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(SCENARIOS) + "/" + folder)) {
    files.push_back(entry.path());
  }
  return files;
}

TEST(Scenarios, AllCanBeReadAndTellTheirStory) {
  for (const char* folder : {"fast", "slow", "planted"}) {
    for (const auto& file : scenarios(folder)) {
      const auto scenario = load_scenario(file);
      ASSERT_TRUE(scenario) << scenario.error().message;
      EXPECT_GT(scenario->about.size(), 20u) << file;
    }
  }
}

TEST(Scenarios, TheFastAreFast) {
  for (const auto& file : scenarios("fast")) {
    EXPECT_LE(load_scenario(file)->duration_s, 5) << file;
  }
}

TEST(Scenarios, ThePlantedNameABugThatTheyAreNamedAfter) {
  for (const auto& file : scenarios("planted")) {
    EXPECT_EQ(load_scenario(file)->cluster.plant, file.stem().string());
  }
}

TEST(Scenarios, AreTheSameWhenTheyAreWrittenAndReadAgain) {
  for (const auto& file : scenarios("slow")) {
    const Scenario drawn = draw(*load_scenario(file), 7);
    const auto again = parse_scenario(to_json(drawn).dump());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(to_json(*again), to_json(drawn)) << file;
  }
}

TEST(Scenarios, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(load_scenario("/nowhere/x.json").error().message, "cannot read /nowhere/x.json");
}

}  // namespace
}  // namespace dcount::sim
