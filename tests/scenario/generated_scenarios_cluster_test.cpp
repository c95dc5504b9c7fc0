// Drawn scenarios against real clusters. `dcount sim shrink` makes one that has failed smaller.
#include <gtest/gtest.h>

#include "tests/scenario/any_scenario.h"

namespace dcount::test {
namespace {

TEST(GeneratedScenarios, AClusterKeepsItsPromisesWhateverIsDrawn) {
  EXPECT_TRUE(any_scenario_holds({.name = "GeneratedScenarios/Cluster",
                                  .cases = 4,
                                  .time = std::chrono::seconds(15),
                                  .shrink = false},
                                 sim::EngineKind::etcd, FAILED_SCENARIOS));
}

}  // namespace
}  // namespace dcount::test
