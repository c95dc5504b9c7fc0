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

/// What is wrong with who watches, beside a workload of counters.
std::string watching(const WorkloadSpec& workload) {
  Scenario scenario;
  scenario.workloads = {{.kind = WorkloadKind::counters}, workload};
  return contradiction(scenario);
}

TEST(Contradiction, WhoWatchesNeedsCounters) {
  EXPECT_EQ(watching({.kind = WorkloadKind::tails}), "");
  EXPECT_EQ(watching({.kind = WorkloadKind::mirror}), "");
  Scenario scenario;
  scenario.workloads = {{.kind = WorkloadKind::items}, {.kind = WorkloadKind::tails}};
  EXPECT_EQ(contradiction(scenario), "workloads[1]: there are no counters to watch");
}

TEST(Contradiction, FieldsOfOtherKindsOfClientsAreRefused) {
  EXPECT_EQ(watching({.kind = WorkloadKind::items, .format = TailFormat::sse}),
            "workloads[1].format is of tails only");
  EXPECT_EQ(watching({.kind = WorkloadKind::mirror, .snapshots = 0.5}),
            "workloads[1].snapshots is of tails only");
  EXPECT_EQ(watching({.kind = WorkloadKind::counters, .watch = Watch::all}),
            "workloads[1].watch is of tails and mirrors only");
  EXPECT_EQ(watching({.kind = WorkloadKind::tails, .rate = 5.0}),
            "workloads[1].rate is of those who write only");
}

TEST(Contradiction, AFeedThatThereIsNotIsRefused) {
  EXPECT_EQ(
      watching({.kind = WorkloadKind::tails, .format = TailFormat::lockstep, .watch = Watch::keys}),
      "workloads[1].watch cannot be 'keys': lockstep has no feed of single counters");
  EXPECT_EQ(watching({.kind = WorkloadKind::mirror, .watch = Watch::keys}),
            "workloads[1].watch of a mirror is 'all' or 'collection'");
  EXPECT_EQ(watching({.kind = WorkloadKind::mirror, .reach = Reach::all}),
            "workloads[1].reach of a mirror is 'home': it has one URL");
}

/// What is wrong with a fault where there are two tails and a mirror.
std::string watched(const FaultSpec& fault) {
  Scenario scenario;
  scenario.workloads = {{.kind = WorkloadKind::counters},
                        {.kind = WorkloadKind::tails, .clients = 2},
                        {.kind = WorkloadKind::mirror}};
  scenario.faults.push_back(fault);
  return contradiction(scenario);
}

TEST(Contradiction, ASlowReaderMustBeThere) {
  EXPECT_EQ(embedded({.kind = FaultKind::slow_reader}),
            "faults[0].kind: 'slow-reader' needs a workload of tails");
  EXPECT_EQ(watched({.kind = FaultKind::slow_reader}), "");
  EXPECT_EQ(watched({.kind = FaultKind::slow_reader, .target = "tails"}), "");
  EXPECT_EQ(watched({.kind = FaultKind::slow_reader, .target = "tail:2"}), "");
  EXPECT_EQ(watched({.kind = FaultKind::slow_reader, .target = "tail:3"}),
            "faults[0].target cannot be 'tail:3': there are 2 of them");
  EXPECT_EQ(watched({.kind = FaultKind::slow_reader, .target = "server"}),
            "faults[0].target must be 'tails', 'tail' or 'tail:1', not 'server'");
}

TEST(Contradiction, AMirrorIsAProcessLikeOthers) {
  EXPECT_EQ(watched({.kind = FaultKind::kill, .target = "mirror"}), "");
  EXPECT_EQ(watched({.kind = FaultKind::pause, .target = "mirror:1"}), "");
  EXPECT_EQ(watched({.kind = FaultKind::kill, .target = "mirror:2"}),
            "faults[0].target cannot be 'mirror:2': there are 1 of them");
  EXPECT_EQ(watched({.kind = FaultKind::clock, .target = "mirror"}),
            "faults[0].target cannot be 'mirror': only kill, restart and pause are for mirrors");
  EXPECT_EQ(embedded({.kind = FaultKind::kill, .target = "mirror"}),
            "faults[0].target 'mirror' needs a workload of kind mirror");
}

/// What is wrong with a fault where there are packages.
std::string with_packages(const FaultSpec& fault, double reads = 0.5, std::int64_t servers = 2) {
  Scenario scenario;
  scenario.cluster.engine = servers > 1 ? EngineKind::etcd : EngineKind::embedded;
  scenario.cluster.servers = servers;
  scenario.workloads = {{.kind = WorkloadKind::packages, .reads = reads}};
  scenario.faults.push_back(fault);
  return contradiction(scenario);
}

TEST(Contradiction, FaultsOfPackagesNeedPackages) {
  for (const auto kind :
       {FaultKind::corrupt_blob, FaultKind::empty_disk, FaultKind::packages_full}) {
    EXPECT_EQ(etcd({.kind = kind}), "faults[0].kind: '" + std::string(name(kind)) +
                                        "' needs a workload of kind packages");
    EXPECT_EQ(with_packages({.kind = kind}), "");
    EXPECT_EQ(with_packages({.kind = kind, .target = "server:2"}), "");
    EXPECT_EQ(with_packages({.kind = kind, .target = "member"}),
              "faults[0].target must be a server");
    EXPECT_EQ(with_packages({.kind = kind, .target = "server:3"}),
              "faults[0].target cannot be 'server:3': there are 2 of them");
  }
}

TEST(Contradiction, AMomentIsOfKillsAndOfPackages) {
  const auto amid = [](FaultKind kind, Amid what) {
    return FaultSpec{.kind = kind, .target = "server", .amid = what};
  };
  EXPECT_EQ(etcd(amid(FaultKind::kill, Amid::upload)),
            "faults[0].amid needs a workload of kind packages");
  EXPECT_EQ(with_packages(amid(FaultKind::pause, Amid::upload)), "faults[0].amid is of kills only");
  EXPECT_EQ(with_packages(amid(FaultKind::kill, Amid::upload)), "");
  EXPECT_EQ(with_packages(amid(FaultKind::kill, Amid::upload), 0.5, 1), "");
  EXPECT_EQ(with_packages(amid(FaultKind::kill, Amid::transfer)), "");
  EXPECT_EQ(with_packages(amid(FaultKind::kill, Amid::transfer), 0.5, 1),
            "faults[0].amid: one server has nobody to fetch packages from");
  EXPECT_EQ(with_packages(amid(FaultKind::kill, Amid::repair)),
            "faults[0].amid 'repair' needs packages with reads 0");
  EXPECT_EQ(with_packages(amid(FaultKind::kill, Amid::repair), 0), "");
}

TEST(Contradiction, FieldsOfPackagesAreOfPackagesOnly) {
  Scenario scenario;
  scenario.workloads = {{.kind = WorkloadKind::items, .removes = 0.1}};
  EXPECT_EQ(contradiction(scenario), "workloads[0].removes is of packages only");
  scenario.workloads = {{.kind = WorkloadKind::packages, .reads = 0.7, .removes = 0.4}};
  EXPECT_EQ(contradiction(scenario), "workloads[0]: reads and removes are more than 1");
  scenario.workloads = {{.kind = WorkloadKind::packages, .keyed = false}};
  EXPECT_NE(contradiction(scenario), "");
}

TEST(Contradiction, BoundsThatCountersCannotBeginInAreRefused) {
  Scenario bounded;
  bounded.workloads.push_back({.kind = WorkloadKind::counters, .min = 1});
  EXPECT_EQ(contradiction(bounded), "workloads[0].min must be at most 0, where counters begin");
}

}  // namespace
}  // namespace dcount::sim
