// dcount as it is, in worlds that nobody has seen before.
#include <gtest/gtest.h>

#include <cstdio>

#include "sim/world/world_runs.h"
#include "tests/world/fresh_seed.h"

namespace dcount::world {
namespace {

void expect_clean(WorldOptions options) {
  options.seed = fresh_seed();
  options.runs = 1'000'000;
  std::printf("seeds from %llu\n", static_cast<unsigned long long>(options.seed));
  const WorldReport report = run_worlds(options);
  std::printf("%s", to_text(report).c_str());
  EXPECT_FALSE(report.first_failure) << to_text(report);
  EXPECT_GT(report.verdicts.at(WorldVerdict::valid), report.runs / 2);
}

TEST(HonestWorld, NothingIsFoundOverEtcd) {
  WorldOptions options;
  options.engine = Engine::etcd;
  options.time_max = std::chrono::seconds(20);
  expect_clean(options);
}

TEST(HonestWorld, NothingIsFoundOverADisk) {
  WorldOptions options;
  options.engine = Engine::rocks;
  options.time_max = std::chrono::seconds(5);
  expect_clean(options);
}

}  // namespace
}  // namespace dcount::world
