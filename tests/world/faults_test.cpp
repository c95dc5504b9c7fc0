// Each kind of fault is not only drawn: it has its effect.
#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/world/schedule.h"
#include "sim/world/world_runs.h"
#include "tests/world/fresh_seed.h"

namespace dcount::world {
namespace {

bool is_of_disk(FaultKind kind) { return kind >= FaultKind::power_cut; }

/// Mishaps are counted by what becomes of the message.
bool is_counted_apart(FaultKind kind) {
  return kind == FaultKind::commit_mishap || kind == FaultKind::call_mishap;
}

WorldReport run(Engine engine, std::size_t runs) {
  WorldOptions options;
  options.seed = fresh_seed();
  options.engine = engine;
  options.runs = runs;
  options.go_on = true;
  options.shrink = false;
  std::printf("seeds from %llu\n", static_cast<unsigned long long>(options.seed));
  return run_worlds(options);
}

TEST(Faults, EachKindOccursOverEtcd) {
  const WorldReport report = run(Engine::etcd, 250);
  for (int i = 0; i < fault_kinds; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    if (is_of_disk(kind) || is_counted_apart(kind)) continue;
    const auto at = report.faults.find(to_string(kind));
    ASSERT_NE(at, report.faults.end()) << to_string(kind);
    EXPECT_GT(at->second.effects, 0u) << to_string(kind);
  }
  for (const char* kind :
       {"request lost", "answer lost", "request late", "answer late", "call: request lost",
        "call: answer lost", "call: request late", "call: answer late", "cut", "gap in the feed",
        "batch of unknown fate"}) {
    const auto at = report.faults.find(kind);
    ASSERT_NE(at, report.faults.end()) << kind;
    EXPECT_GT(at->second.effects, 0u) << kind;
  }
}

TEST(Faults, EachKindOccursOverADisk) {
  const WorldReport report = run(Engine::rocks, 60);
  for (const FaultKind kind :
       {FaultKind::power_cut, FaultKind::fail_syncs, FaultKind::disk_full, FaultKind::kill_server,
        FaultKind::stop_server, FaultKind::pause_server}) {
    const auto at = report.faults.find(to_string(kind));
    ASSERT_NE(at, report.faults.end()) << to_string(kind);
    EXPECT_GT(at->second.effects, 0u) << to_string(kind);
  }
}

TEST(Report, IsTextAndJson) {
  const WorldReport report = run(Engine::etcd, 3);
  EXPECT_NE(to_text(report).find("3 runs from seed"), std::string::npos);
  const auto json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json.at("runs"), 3);
  EXPECT_EQ(json.at("operations"), report.operations);
  EXPECT_TRUE(json.at("faults").is_object());
}

}  // namespace
}  // namespace dcount::world
