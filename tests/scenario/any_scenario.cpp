#include "tests/scenario/any_scenario.h"

#include <algorithm>
#include <fstream>

#include "sim/scenario/draw.h"
#include "sim/scenario/runner.h"
#include "tests/store/temporary_directory.h"

// As RapidCheck prints it.
namespace dcount::sim {
static void showValue(const Scenario& scenario, std::ostream& out) {
  out << to_json(scenario).dump(2);
}
}  // namespace dcount::sim

namespace dcount::test {
namespace {

using sim::EngineKind;
using sim::FaultKind;
using sim::FaultSpec;
using sim::Scenario;
using sim::WorkloadKind;
using sim::WorkloadSpec;

constexpr double duration_s = 1.6;
constexpr int faults_max = 4;

double thousandths(int low, int high) { return *rc::gen::inRange(low, high) / 1000.0; }

bool perhaps() { return *rc::gen::arbitrary<bool>(); }

WorkloadSpec any_workload() {
  WorkloadSpec workload;
  workload.kind = *rc::gen::element(WorkloadKind::counters, WorkloadKind::counters,
                                    WorkloadKind::sequence, WorkloadKind::items);
  workload.rate = *rc::gen::inRange(40, 250);
  if (perhaps()) workload.clients = *rc::gen::inRange(1, 12);
  if (perhaps()) workload.answer_s = thousandths(150, 900);
  if (perhaps()) workload.retry_s = *rc::gen::inRange(0, 4);
  if (workload.kind == WorkloadKind::counters && *rc::gen::inRange(0, 4) == 0) {
    workload.deltas = sim::Deltas::mixed;
    workload.min = *rc::gen::inRange(-50, 0);
    workload.max = *rc::gen::inRange(1, 200);
  }
  if (workload.kind == WorkloadKind::sequence && *rc::gen::inRange(0, 4) == 0) {
    workload.last = *rc::gen::inRange(5, 200);
  }
  return workload;
}

/// Who watches the counters, where there are any.
void watch_perhaps(Scenario& scenario) {
  const bool counters = std::ranges::any_of(scenario.workloads, [](const WorkloadSpec& one) {
    return one.kind == WorkloadKind::counters;
  });
  if (!counters) return;
  if (perhaps()) {
    scenario.workloads.push_back({.kind = WorkloadKind::tails, .clients = *rc::gen::inRange(1, 6)});
    if (perhaps()) scenario.faults.push_back({.kind = FaultKind::slow_reader});
  }
  if (*rc::gen::inRange(0, 4) == 0) {
    scenario.workloads.push_back({.kind = WorkloadKind::mirror});
    scenario.faults.push_back({.kind = FaultKind::kill, .target = "mirror"});
  }
}

FaultKind any_kind(EngineKind engine) {
  if (engine == EngineKind::embedded) {
    return *rc::gen::element(FaultKind::kill, FaultKind::restart, FaultKind::rolling,
                             FaultKind::pause, FaultKind::cut, FaultKind::one_way,
                             FaultKind::latency, FaultKind::bandwidth, FaultKind::reset,
                             FaultKind::refuse, FaultKind::hang, FaultKind::clock,
                             FaultKind::disk_full, FaultKind::fail_sync);
  }
  return *rc::gen::element(FaultKind::kill, FaultKind::restart, FaultKind::rolling,
                           FaultKind::pause, FaultKind::isolate, FaultKind::halves, FaultKind::cut,
                           FaultKind::one_way, FaultKind::latency, FaultKind::bandwidth,
                           FaultKind::reset, FaultKind::refuse, FaultKind::hang, FaultKind::clock,
                           FaultKind::compaction, FaultKind::membership);
}

FaultSpec any_fault(EngineKind engine) {
  FaultSpec fault{.kind = any_kind(engine)};
  if (perhaps()) fault.at_s = thousandths(50, 1100);
  fault.for_s = thousandths(50, 600);
  const bool aimed = fault.kind == FaultKind::kill || fault.kind == FaultKind::pause ||
                     fault.kind == FaultKind::isolate;
  if (engine == EngineKind::etcd && aimed && *rc::gen::inRange(0, 3) == 0) {
    fault.target = "member:leader";
  }
  return fault;
}

/// The scenario as a file that `dcount sim run` takes.
std::filesystem::path save(const Scenario& scenario, const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const auto file = directory / ("generated-" + std::to_string(scenario.seed) + ".json");
  std::ofstream(file) << to_json(scenario).dump(2) << '\n';
  return file;
}

void report(const Scenario& scenario, const std::filesystem::path& failed, const std::string& why) {
  const auto file = save(scenario, failed);
  std::cerr << why << "\ndcount sim run " << file.string() << '\n';
}

/// What is wrong with it; "": nothing.
std::string run_one(const Scenario& scenario, int& unknown) {
  store::TemporaryDirectory place;
  const auto result = sim::run({.name = "generated",
                                .scenario = scenario,
                                .directory = place.path(),
                                .programs = {DCOUNT_BINARY, DCOUNT_FAULTY_BINARY},
                                .report = false});
  if (!result) return "it cannot be run: " + result.error().message;
  unknown += result->judgement.verdict == check::Verdict::unknown ? 1 : 0;
  std::string wrong;
  for (const check::Finding& finding : result->judgement.findings) {
    if (finding.verdict == check::Verdict::valid) continue;
    std::cerr << finding.judge << " " << finding.key << ": " << finding.summary << '\n';
    if (finding.verdict == check::Verdict::invalid) wrong += finding.witness.text + "\n";
  }
  return wrong;
}

}  // namespace

rc::Gen<Scenario> any_scenario(EngineKind engine) {
  return rc::gen::exec([engine] {
    Scenario scenario;
    scenario.about = "Nobody has thought of it.";
    scenario.cluster.engine = engine;
    if (engine == EngineKind::etcd) {
      scenario.cluster.servers = *rc::gen::inRange(1, 4);
      scenario.cluster.members = *rc::gen::element(1, 3);
    }
    scenario.duration_s = duration_s;
    const int workloads = *rc::gen::inRange(1, 4);
    for (int i = 0; i < workloads; ++i) scenario.workloads.push_back(any_workload());
    const int faults = *rc::gen::inRange(0, faults_max + 1);
    for (int i = 0; i < faults; ++i) {
      const FaultSpec fault = any_fault(engine);
      const bool too_few = fault.kind == FaultKind::membership && scenario.cluster.members < 2;
      if (!too_few) scenario.faults.push_back(fault);
    }
    watch_perhaps(scenario);
    return sim::draw(scenario, *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000));
  });
}

bool any_scenario_holds(const Bounded& bounds, EngineKind engine,
                        const std::filesystem::path& failed) {
  int runs = 0;
  int unknown = 0;
  const bool all = holds(bounds, [&] {
    const Scenario scenario = *any_scenario(engine);
    const auto read = sim::parse_scenario(to_json(scenario).dump());
    const std::string wrong = read ? run_one(*read, unknown) : read.error().message;
    ++runs;
    if (wrong.empty()) return;
    report(scenario, failed, wrong);
    RC_FAIL(wrong);
  });
  std::cerr << runs << " scenarios, " << unknown << " of them without enough evidence\n";
  return all;
}

}  // namespace dcount::test
