#include "sim/scenario/contradiction.h"

#include <gtest/gtest.h>

namespace dcount::sim {
namespace {

/// What is wrong with a scenario that has this fault.
std::string with(EngineKind engine, const FaultSpec& fault) {
  Scenario scenario;
  scenario.cluster.engine = engine;
  scenario.cluster.servers = engine == EngineKind::etcd ? 2 : 1;
  scenario.workloads.push_back({.kind = WorkloadKind::counters});
  scenario.faults.push_back(fault);
  return contradiction(scenario);
}

std::string embedded(const FaultSpec& fault) { return with(EngineKind::embedded, fault); }
std::string etcd(const FaultSpec& fault) { return with(EngineKind::etcd, fault); }

TEST(Contradiction, ATargetThatIsNotThereIsRefused) {
  EXPECT_EQ(embedded({.kind = FaultKind::kill, .target = "server:2"}),
            "faults[0].target cannot be 'server:2': there are 1 of them");
  EXPECT_EQ(etcd({.kind = FaultKind::kill, .target = "member:4"}),
            "faults[0].target cannot be 'member:4': there are 3 of them");
  EXPECT_EQ(embedded({.kind = FaultKind::pause, .target = "member"}),
            "faults[0].target cannot be 'member': the embedded engine has no members");
  EXPECT_NE(etcd({.kind = FaultKind::kill, .target = "clients"}).find("not 'clients'"),
            std::string::npos);
  EXPECT_NE(etcd({.kind = FaultKind::kill, .target = "server:1x"}), "");
  EXPECT_EQ(etcd({.kind = FaultKind::kill, .target = "member:leader"}), "");
  EXPECT_EQ(etcd({.kind = FaultKind::kill, .target = "server:2"}), "");
}

TEST(Contradiction, AFaultThatTheClusterCannotHaveIsRefused) {
  EXPECT_EQ(embedded({.kind = FaultKind::isolate}),
            "faults[0].kind: 'isolate' needs the engine etcd");
  EXPECT_EQ(etcd({.kind = FaultKind::disk_full}),
            "faults[0].kind: 'disk-full' needs the embedded engine: other servers have no disk");
  EXPECT_EQ(etcd({.kind = FaultKind::ring}), "faults[0].kind: a 'ring' needs 4 members");
  EXPECT_EQ(etcd({.kind = FaultKind::membership, .target = "server:1"}),
            "faults[0].target must be a member");
  EXPECT_EQ(etcd({.kind = FaultKind::clock, .target = "member"}),
            "faults[0].target must be a server");
}

TEST(Contradiction, ALinkThatIsNotThereIsRefused) {
  EXPECT_EQ(etcd({.kind = FaultKind::cut, .target = "clients", .to = "member:1"}),
            "faults[0]: clients have links to servers only");
  EXPECT_EQ(etcd({.kind = FaultKind::cut, .target = "member:1", .to = "member:1"}),
            "faults[0]: target and to are the same");
  EXPECT_EQ(etcd({.kind = FaultKind::cut, .target = "member", .to = "member"}), "");
  EXPECT_EQ(embedded({.kind = FaultKind::latency, .target = "clients", .to = "server"}), "");
}

TEST(Contradiction, AFaultAfterTheEndIsRefused) {
  EXPECT_EQ(embedded({.kind = FaultKind::kill, .at_s = 4}),
            "faults[0].at_s is not before duration_s");
}

TEST(Contradiction, BoundsThatCountersCannotBeginInAreRefused) {
  Scenario bounded;
  bounded.workloads.push_back({.kind = WorkloadKind::counters, .min = 1});
  EXPECT_EQ(contradiction(bounded), "workloads[0].min must be at most 0, where counters begin");
}

}  // namespace
}  // namespace dcount::sim
