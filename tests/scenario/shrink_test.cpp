#include "sim/scenario/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/scenario/contradiction.h"
#include "sim/scenario/draw.h"

namespace dcount::sim {
namespace {

Scenario large_scenario() {
  Scenario scenario;
  scenario.duration_s = 16;
  scenario.workloads = {{.kind = WorkloadKind::counters, .clients = 16},
                        {.kind = WorkloadKind::items, .clients = 8}};
  scenario.faults.push_back({.kind = FaultKind::kill, .every_s = 1.0});
  scenario.faults.push_back({.kind = FaultKind::pause, .every_s = 1.0});
  scenario.faults.push_back({.kind = FaultKind::restart, .at_s = 1.5});
  return draw(scenario, 7);
}

bool has(const Scenario& scenario, FaultKind kind) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [&](const FaultSpec& fault) { return fault.kind == kind; });
}

TEST(Shrink, LeavesWhatTheFailureNeeds) {
  const Scenario large = large_scenario();
  ASSERT_GT(large.faults.size(), 10u);
  const auto shrunk =
      shrink(large, [](const Scenario& candidate) { return has(candidate, FaultKind::restart); },
             {.tries = 1, .runs_max = 500});
  ASSERT_EQ(shrunk.scenario.faults.size(), 1u);
  EXPECT_EQ(shrunk.scenario.faults[0].kind, FaultKind::restart);
  EXPECT_EQ(shrunk.scenario.workloads.size(), 1u);
  EXPECT_EQ(clients_of(shrunk.scenario), 1);
  EXPECT_LT(shrunk.scenario.duration_s, large.duration_s);
}

TEST(Shrink, WhatDoesNotFailWithLessStaysWhole) {
  const Scenario large = large_scenario();
  const auto shrunk = shrink(large, [](const Scenario&) { return false; }, {.runs_max = 500});
  EXPECT_EQ(to_json(shrunk.scenario), to_json(large));
}

TEST(Shrink, AFailureThatComesNowAndThenIsTriedAgain) {
  int calls = 0;
  const auto shrunk = shrink(large_scenario(), [&](const Scenario&) { return ++calls % 2 == 0; },
                             {.tries = 2, .runs_max = 500});
  EXPECT_TRUE(shrunk.scenario.faults.empty());
}

TEST(Shrink, TriesNothingThatCouldNotBeReadAgain) {
  Scenario watched = large_scenario();
  watched.workloads.push_back({.kind = WorkloadKind::tails, .clients = 4});
  watched.faults.push_back({.kind = FaultKind::slow_reader, .target = "tail:4", .at_s = 0.1});
  bool all = true;
  const auto fails = [&](const Scenario& candidate) {
    all &= contradiction(candidate).empty();
    return has(candidate, FaultKind::slow_reader);
  };
  const auto shrunk = shrink(draw(watched, 7), fails, {.tries = 1, .runs_max = 500});
  EXPECT_TRUE(all);
  EXPECT_EQ(shrunk.scenario.faults.size(), 1u);
}

TEST(Shrink, EndsAfterSoManyRuns) {
  int calls = 0;
  const auto shrunk = shrink(large_scenario(), [&](const Scenario&) { return ++calls, false; },
                             {.tries = 2, .runs_max = 9});
  EXPECT_EQ(calls, 9);
  EXPECT_EQ(shrunk.runs, 9);
}

}  // namespace
}  // namespace dcount::sim
