#include "sim/scenario/draw.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace dcount::sim {
namespace {

Scenario open_scenario(EngineKind engine) {
  Scenario scenario;
  scenario.cluster.engine = engine;
  scenario.cluster.servers = engine == EngineKind::etcd ? 3 : 1;
  scenario.duration_s = 10;
  for (const auto kind : {WorkloadKind::counters, WorkloadKind::sequence, WorkloadKind::items,
                          WorkloadKind::packages}) {
    scenario.workloads.push_back({.kind = kind});
  }
  for (const auto kind : {FaultKind::kill, FaultKind::cut, FaultKind::latency, FaultKind::pause}) {
    scenario.faults.push_back({.kind = kind, .every_s = 1.0});
  }
  return scenario;
}

Scenario any_scenario() {
  return open_scenario(*rc::gen::element(EngineKind::embedded, EngineKind::etcd));
}

RC_GTEST_PROP(Draw, TheSameSeedDrawsTheSame, ()) {
  const Scenario scenario = any_scenario();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  RC_ASSERT(to_json(draw(scenario, seed)) == to_json(draw(scenario, seed)));
}

RC_GTEST_PROP(Draw, WhatIsDrawnStaysAsItIs, ()) {
  const Scenario drawn = draw(any_scenario(), *rc::gen::inRange<std::uint64_t>(1, 1u << 30));
  RC_ASSERT(to_json(draw(drawn, drawn.seed)) == to_json(drawn));
}

RC_GTEST_PROP(Draw, NothingIsLeftOpen, ()) {
  const Scenario drawn = draw(any_scenario(), *rc::gen::arbitrary<std::uint64_t>());
  for (const WorkloadSpec& workload : drawn.workloads) {
    RC_ASSERT(workload.clients && workload.rate && workload.reach && workload.answer_s);
    RC_ASSERT(workload.retry_s && workload.keyed);
  }
  for (const FaultSpec& fault : drawn.faults) {
    RC_ASSERT(fault.at_s && fault.for_s && fault.target && !fault.every_s);
    RC_ASSERT(*fault.at_s < drawn.duration_s);
    RC_ASSERT(fault.target->find(':') != std::string::npos || *fault.target == "clients");
  }
}

RC_GTEST_PROP(Draw, ALinkHasTwoEnds, ()) {
  for (const FaultSpec& fault : draw(any_scenario(), *rc::gen::arbitrary<std::uint64_t>()).faults) {
    if (fault.kind == FaultKind::cut) RC_ASSERT(*fault.target != *fault.to);
  }
}

RC_GTEST_PROP(Draw, NothingIsLeftOpenOfWhoWatches, ()) {
  Scenario scenario = any_scenario();
  scenario.workloads.push_back({.kind = WorkloadKind::tails});
  scenario.workloads.push_back({.kind = WorkloadKind::mirror});
  scenario.faults = {{.kind = FaultKind::slow_reader},
                     {.kind = FaultKind::slow_reader, .target = "tail"},
                     {.kind = FaultKind::kill, .target = "mirror"}};
  const Scenario drawn = draw(scenario, *rc::gen::inRange<std::uint64_t>(1, 1u << 30));
  for (std::size_t i = drawn.workloads.size() - 2; i < drawn.workloads.size(); ++i) {
    const WorkloadSpec& workload = drawn.workloads[i];
    RC_ASSERT(workload.clients && workload.reach && workload.answer_s && workload.watch);
    RC_ASSERT(workload.format.has_value() == (workload.kind == WorkloadKind::tails));
    RC_ASSERT(!workload.rate && !workload.retry_s);
  }
  for (const FaultSpec& fault : drawn.faults) {
    RC_ASSERT(*fault.target == "tails" || fault.target->find(':') != std::string::npos);
  }
  const auto again = parse_scenario(to_json(drawn).dump());
  if (!again) RC_FAIL(again.error().message);
}

// A fault that nothing is wrong with by itself may be drawn one that cannot be.
RC_GTEST_PROP(Draw, WhatIsDrawnHasNoContradiction, ()) {
  Scenario scenario = any_scenario();
  if (scenario.cluster.engine == EngineKind::etcd) {
    scenario.cluster.members = *rc::gen::inRange(1, 6);
    for (const auto kind : {FaultKind::isolate, FaultKind::clock, FaultKind::compaction}) {
      scenario.faults.push_back({.kind = kind});
    }
    if (scenario.cluster.members > 1) scenario.faults.push_back({.kind = FaultKind::membership});
  }
  const Scenario drawn = draw(scenario, *rc::gen::inRange<std::uint64_t>(1, 1u << 30));
  const auto again = parse_scenario(to_json(drawn).dump());
  if (!again) RC_FAIL(again.error().message);
}

RC_GTEST_PROP(Draw, NothingIsLeftOpenOfPackages, ()) {
  Scenario scenario = any_scenario();
  scenario.workloads = {{.kind = WorkloadKind::packages}};
  scenario.faults = {{.kind = FaultKind::corrupt_blob},
                     {.kind = FaultKind::packages_full},
                     {.kind = FaultKind::kill, .amid = Amid::upload}};
  const Scenario drawn = draw(scenario, *rc::gen::inRange<std::uint64_t>(1, 1u << 30));
  const WorkloadSpec& workload = drawn.workloads[0];
  RC_ASSERT(workload.owners && workload.bytes_max && workload.reads && workload.removes);
  RC_ASSERT(workload.expires && *workload.keyed);
  for (const FaultSpec& fault : drawn.faults) RC_ASSERT(fault.target->starts_with("server:"));
  const auto again = parse_scenario(to_json(drawn).dump());
  if (!again) RC_FAIL(again.error().message);
}

TEST(Draw, WhatComesAgainAndAgainComesInTime) {
  const Scenario drawn = draw(open_scenario(EngineKind::embedded), 1);
  ASSERT_GT(drawn.faults.size(), 8u);
  for (std::size_t i = 1; i < drawn.faults.size(); ++i) {
    EXPECT_LE(*drawn.faults[i - 1].at_s, *drawn.faults[i].at_s);
  }
}

TEST(Draw, OtherSeedsDrawOtherwise) {
  const Scenario scenario = open_scenario(EngineKind::etcd);
  EXPECT_NE(to_json(draw(scenario, 1))["faults"], to_json(draw(scenario, 2))["faults"]);
}

}  // namespace
}  // namespace dcount::sim
