// scripts/simulate, as users run it.
#include <gtest/gtest.h>

#include "sim/process.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

TEST(Simulate, NoServerForgetsAnItem) {
  const Workplace place;
  const auto log = place.path() / "log";
  const auto script = sim::Process::start({.program = SOURCE_DIRECTORY "/scripts/simulate",
                                           .environment = {{"DCOUNT", DCOUNT_BINARY}},
                                           .log = log});
  ASSERT_TRUE(script) << script.error().message;
  const auto how = script->wait(std::chrono::seconds(120));
  ASSERT_TRUE(how) << place.read("log");
  EXPECT_EQ(*how, sim::ProcessExit{}) << place.read("log");
}

}  // namespace
}  // namespace dcount::test
