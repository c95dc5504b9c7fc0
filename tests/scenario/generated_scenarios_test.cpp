// Drawn scenarios against one real server. `dcount sim shrink` makes one that has failed smaller.
#include <gtest/gtest.h>

#include "tests/scenario/any_scenario.h"

namespace dcount::test {
namespace {

TEST(GeneratedScenarios, AServerKeepsItsPromisesWhateverIsDrawn) {
  EXPECT_TRUE(any_scenario_holds({.name = "GeneratedScenarios/Server",
                                  .cases = 5,
                                  .time = std::chrono::seconds(12),
                                  .shrink = false},
                                 sim::EngineKind::embedded, FAILED_SCENARIOS));
}

}  // namespace
}  // namespace dcount::test
