#include "sim/scenario/run_directory.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

class RunDirectory : public testing::Test {
 protected:
  std::filesystem::path make(const std::string& scenario, const std::string& verdict = "valid") {
    const auto made = make_run_directory(root, scenario, 7);
    EXPECT_TRUE(made);
    std::ofstream(*made / "history.jsonl") << "";
    if (!verdict.empty()) {
      std::ofstream(*made / "verdict.json") << Json{{"verdict", verdict}}.dump();
    }
    return *made;
  }

  store::TemporaryDirectory directory;
  const std::filesystem::path root = std::filesystem::path(directory.path()) / "runs";
};

TEST_F(RunDirectory, TwoRunsInASecondAreTwo) { EXPECT_NE(make("kill"), make("kill")); }

TEST_F(RunDirectory, LatestPointsToTheLast) {
  make("kill");
  const auto last = make("pause");
  EXPECT_TRUE(std::filesystem::equivalent(root / "latest", last));
  EXPECT_TRUE(std::filesystem::equivalent(root / "pause" / "latest", last));
}

TEST_F(RunDirectory, ListsRunsWithTheirVerdicts) {
  make("kill", "invalid");
  make("pause", "");
  const auto runs = past_runs(root);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].scenario, "kill");
  EXPECT_EQ(runs[0].verdict, "invalid");
  EXPECT_EQ(runs[1].verdict, "");
}

TEST_F(RunDirectory, ARunIsFoundByItsScenarioItsDirectoryOrAsTheLatest) {
  const auto kill = make("kill");
  const auto pause = make("pause");
  EXPECT_EQ(find_run(root, "kill")->directory, kill);
  EXPECT_EQ(find_run(root, "")->scenario, "pause");
  EXPECT_EQ(find_run(root, pause.string())->scenario, "pause");
  EXPECT_EQ(find_run(root, "nothing").error().message,
            "no run is called 'nothing'; see 'dcount sim list'");
}

}  // namespace
}  // namespace dcount::sim
