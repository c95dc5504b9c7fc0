// Servers that are broken on purpose are found, and what is found is made smaller. (How small it
// gets is the bug's: one that needs many servers' timing needs what makes it.)
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "server/core/names.h"
#include "sim/world/world_runs.h"
#include "tests/world/fresh_seed.h"

namespace dcount::world {
namespace {

WorldReport find(WorldOptions options) {
  options.seed = fresh_seed();
  options.runs = 5000;
  options.time_max = std::chrono::seconds(60);
  std::printf("seeds from %llu\n", static_cast<unsigned long long>(options.seed));
  return run_worlds(options);
}

void expect_found(const WorldOptions& options) {
  const WorldReport report = find(options);
  ASSERT_TRUE(report.first_failure) << to_text(report);
  const WorldFailure& failure = *report.first_failure;
  std::printf("after %zu runs, %zu of %zu events: %s\n", report.runs, failure.events_left,
              failure.events_drawn, failure.witness.c_str());
  EXPECT_EQ(failure.verdict, WorldVerdict::invalid);
  EXPECT_FALSE(failure.witness.empty());
  EXPECT_LT(failure.events_left, failure.events_drawn);
  EXPECT_EQ(failure.schedule.size(), failure.events_left);
}

WorldOptions over(Engine engine) {
  WorldOptions options;
  options.engine = engine;
  return options;
}

/// And nothing else: without guards, sequences become what no server reads, and it aborts.
bool writes_counters(const store::Group& group) {
  return std::ranges::all_of(group.writes, [](const Write& write) {
    return write.key.starts_with(core::counter_prefix) ||
           write.key.starts_with(core::idempotency_prefix);
  });
}

TEST(PlantedBug, ACommitWithoutGuardsIsFound) {
  WorldOptions options = over(Engine::etcd);
  options.tamper = [](store::Batch& batch) {
    for (store::Group& group : batch.groups) {
      if (writes_counters(group)) group.guards.clear();
    }
  };
  expect_found(options);
}

TEST(PlantedBug, AFenceLeftOutIsFound) {
  WorldOptions options = over(Engine::etcd);
  options.bugs.no_fence = true;
  expect_found(options);
}

TEST(PlantedBug, KeysThatAreForgottenAreFound) {
  WorldOptions options = over(Engine::etcd);
  options.bugs.forgets_keys = true;
  expect_found(options);
}

TEST(PlantedBug, StaleReadsAreFound) {
  WorldOptions options = over(Engine::etcd);
  options.bugs.stale_reads = true;
  expect_found(options);
}

TEST(PlantedBug, WritesThatAreNotSyncedAreFound) {
  WorldOptions options = over(Engine::rocks);
  options.bugs.no_sync = true;
  expect_found(options);
}

TEST(PlantedBug, WhatIsLeftAfterShrinkingFailsAgain) {
  WorldOptions options = over(Engine::etcd);
  options.bugs.stale_reads = true;
  const WorldReport report = find(options);
  ASSERT_TRUE(report.first_failure);
  options.seed = report.first_failure->seed;
  options.keep = report.first_failure->keep;
  options.shrink = false;
  const WorldReport again = run_worlds(options);
  ASSERT_TRUE(again.first_failure);
  EXPECT_EQ(again.first_failure->witness, report.first_failure->witness);
  EXPECT_EQ(again.first_failure->trace, report.first_failure->trace);
}

}  // namespace
}  // namespace dcount::world
