#include "sim/report/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/report/made_run.h"
#include "tests/store/temporary_directory.h"

namespace dcount::report {
namespace {

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(ReportTest, LeavesThreeFilesBesideTheHistory) {
  const store::TemporaryDirectory place;
  const auto run = make_run(place.path(), {.operations = 2000});
  for (int again = 0; again < 2; ++again) {
    const auto files =
        write_report(place.path(), run.journal, run.facts, run.history, run.judgement);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(files_in(place.path()), 4);
    std::ifstream verdict(files->verdict);
    EXPECT_EQ(nlohmann::json::parse(verdict)["verdict"], "valid");
  }
}

TEST(ReportTest, WithoutAJournalMachinesStillGetTheirs) {
  const store::TemporaryDirectory place;
  const auto run = make_run(place.path(), {.operations = 2000});
  std::filesystem::remove(run.journal);
  const auto files = write_report(place.path(), run.journal, run.facts, run.history, run.judgement);
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("history.jsonl"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(place.path() / "verdict.json"));
  EXPECT_TRUE(std::filesystem::exists(place.path() / "junit.xml"));
}

TEST(ReportTest, AFolderThatIsNotThereIsAnErrorThatNamesIt) {
  const store::TemporaryDirectory place;
  const auto run = make_run(place.path(), {.operations = 2000});
  const auto files = write_report("/nowhere/at/all", run.journal, run.facts, run.history, {});
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("/nowhere/at/all"), std::string::npos);
}

TEST(ReportTest, WhatTheRunnerLeavesOutComesFromTheHistory) {
  const store::TemporaryDirectory place;
  const auto run = make_run(place.path(), {.operations = 2000});
  ASSERT_TRUE(write_report(place.path(), run.journal, {}, run.history, run.judgement));
  std::ifstream file(place.path() / "verdict.json");
  const auto verdict = nlohmann::json::parse(file);
  EXPECT_EQ(verdict["scenario"], "kill-during-commit");
  EXPECT_EQ(verdict["seed"], 7);
  EXPECT_GT(verdict["duration_ns"], 20'000'000'000);
}

}  // namespace
}  // namespace dcount::report
