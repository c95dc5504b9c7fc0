#include "sim/scenario/runner.h"

#include <algorithm>
#include <fstream>
#include <thread>

#include "sim/check/history_reader.h"
#include "sim/report/report.h"
#include "sim/scenario/load.h"
#include "sim/scenario/nemesis.h"
#include "sim/scenario/package_end.h"
#include "sim/scenario/watchers.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr client::Duration prepare_time{10'000};
/// The load goes on so long after everything is ready again.
constexpr milliseconds recovery_time{300};
constexpr milliseconds between_looks{20};
Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

milliseconds milliseconds_of(double seconds) {
  return milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// One run, step by step.
class Run {
 public:
  explicit Run(const RunOptions& options) : options_(options), scenario_(options.scenario) {}

  Result<RunResult> operator()() {
    const auto began = Clock::now();
    for (auto step : {&Run::start, &Run::prepare, &Run::watch}) {
      if (auto done = (this->*step)(); !done) return done.error();
    }
    load_and_hurt();
    if (auto healed = heal(); !healed) return healed.error();
    if (!result_.interrupted) load_->operate_each();
    read_finally();
    finish_watching();
    stop();
    if (!recorder_->close()) return error("the journal could not be written");
    result_.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    if (auto judged = judge(); !judged) return judged.error();
    return std::move(result_);
  }

 private:
  bool tell(const char* phase) {
    if (!options_.progress) return true;
    RunProgress progress{.phase = phase, .duration_s = scenario_.duration_s};
    progress.elapsed_s =
        load_began_ ? std::chrono::duration<double>(Clock::now() - *load_began_).count() : 0;
    progress.ok = recorder_->count(Noted::ok);
    progress.fail = recorder_->count(Noted::fail);
    progress.unknown = recorder_->count(Noted::info);
    progress.faults = nemesis_ ? nemesis_->begun() : 0;
    const bool go_on = options_.progress(progress);
    result_.interrupted |= !go_on;
    return go_on;
  }

  std::filesystem::path file(const char* name) const { return options_.directory / name; }

  Result<void> start() {
    std::error_code failed;
    std::filesystem::create_directories(options_.directory, failed);
    auto recorder = Recorder::open(file("history.jsonl"));
    if (!recorder) return recorder.error();
    recorder_ = std::move(*recorder);
    std::ofstream(file("scenario.json")) << to_json(scenario_).dump(2) << '\n';
    tell("start");
    const auto& faults = scenario_.faults;
    TestbedOptions testbed{.cluster = scenario_.cluster,
                           .directory = file("cluster"),
                           .seed = scenario_.seed,
                           .programs = options_.programs};
    testbed.packages = has_packages(scenario_);
    testbed.faulty = !scenario_.cluster.plant.empty() || testbed.packages ||
                     std::any_of(faults.begin(), faults.end(), [](const FaultSpec& fault) {
                       return needs_faulty_server(fault.kind);
                     });
    auto started = Testbed::start(testbed);
    if (!started) return started.error();
    testbed_ = std::move(*started);
    return {};
  }

  /// Makes what is counted, and tells the journal about it.
  Result<void> prepare() {
    client::ClientOptions options;
    options.endpoints.clear();
    for (const ServerPlace& server : testbed_->servers()) {
      options.endpoints.push_back(server.endpoint);
    }
    options.retry_time = prepare_time;
    client::Client client(options);
    Json header{
        {"type", "header"}, {"format", 1}, {"scenario", options_.name}, {"seed", scenario_.seed}};
    for (const ServerPlace& server : testbed_->servers()) header["nodes"].push_back(server.name);
    header["keys"] = Json::array();
    for (std::size_t i = 0; i < scenario_.workloads.size(); ++i) {
      if (!operates(scenario_.workloads[i].kind)) continue;
      operating_.push_back(scenario_.workloads[i]);
      auto& workload = *workloads_.emplace_back(make_workload(scenario_.workloads[i], i));
      if (auto prepared = workload.prepare(client); !prepared) {
        return error("the workload could not be prepared: " + prepared.error().detail);
      }
      if (!await_known(workload)) return error("not every server knows what was prepared");
      for (Json& key : workload.keys()) {
        if (key["kind"] == "counter") counters_.push_back(key["key"]);
        header["keys"].push_back(std::move(key));
      }
    }
    if (has_packages(scenario_)) {
      header["replicas"] = replicas_of(scenario_.cluster);
      header["began"] = unix_seconds();
    }
    recorder_->header(header);
    return {};
  }

  bool await_known(const Workload& workload) const {
    const auto end = Clock::now() + prepare_time;
    for (const ServerPlace& server : testbed_->servers()) {
      while (!workload.known_at(server.endpoint)) {
        if (Clock::now() > end) return false;
        std::this_thread::sleep_for(between_looks);
      }
    }
    return true;
  }

  /// They are there before anything changes.
  Result<void> watch() {
    watchers_ = std::make_unique<Watchers>(scenario_, counters_, *testbed_, *recorder_);
    return watchers_->start();
  }

  void load_and_hurt() {
    load_ = std::make_unique<Load>(operating_, workloads_, testbed_->servers(), *recorder_,
                                   scenario_.seed);
    nemesis_ = std::make_unique<Nemesis>(scenario_.faults, *testbed_, *recorder_);
    load_began_ = Clock::now();
    load_->start();
    nemesis_->run(milliseconds_of(scenario_.duration_s), [this] {
      recorder_->flush();
      return tell("load") && !load_->done();
    });
  }

  /// Ends all faults, starts what is down, and waits for every server to be ready. Error: a program
  /// cannot be run any more, which is no fault of the service's.
  Result<void> heal() {
    tell("heal");
    recorder_->nemesis("phase", "heal");
    find_unasked_ends();
    nemesis_->confirm_links();
    testbed_->links().heal_all();  // first: who comes back needs the others
    if (auto wrong = nemesis_->end_all(); !wrong.empty()) find("liveness", wrong);
    if (auto launched = testbed_->launch_all(); !launched) return launched;
    if (!result_.interrupted) await_all();
    load_->stop();
    find_unasked_ends();
    return {};
  }

  /// Every server is ready, and the load goes on for a while.
  void await_all() {
    const auto end = Clock::now() + milliseconds_of(scenario_.limits.ready_s);
    LocalCluster& cluster = testbed_->cluster();
    for (std::size_t i = 0; i < cluster.servers(); ++i) {
      const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
      auto ready = cluster.server(i).wait_ready(std::max(left, milliseconds(1)));
      if (!ready) find("liveness", "after all faults had ended, " + ready.error().message);
    }
    std::this_thread::sleep_for(recovery_time);
  }

  /// A server that ends and was not told to has crashed.
  void find_unasked_ends() {
    LocalCluster& cluster = testbed_->cluster();
    for (std::size_t i = 0; i < cluster.servers(); ++i) {
      const ServerProcess& server = cluster.server(i);
      const auto how = server.process() ? server.process()->exit() : std::nullopt;
      if (!how || nemesis_->ended(server.name())) continue;
      find("processes", server.name() + " has ended by itself: " + how->text() +
                            "; its log ends with:\n" + end_of_log(server.log()));
    }
    for (const MirrorProcess& mirror : testbed_->mirrors()) {
      const auto how = mirror.process() ? mirror.process()->exit() : std::nullopt;
      if (!how || nemesis_->ended(mirror.name())) continue;
      find("processes", mirror.name() + " has ended by itself: " + how->text() +
                            "; its log ends with:\n" + end_of_log(mirror.log()));
    }
  }

  void read_finally() {
    if (result_.interrupted) return;
    tell("read");
    recorder_->nemesis("phase", "final");
    if (auto wrong = load_->read_finally(milliseconds_of(scenario_.limits.final_s));
        !wrong.empty()) {
      find("liveness", wrong);
    }
    for (const auto& workload : workloads_) {
      const auto* packages = dynamic_cast<const PackagesWorkload*>(workload.get());
      if (packages == nullptr) continue;
      PackageEnd end(*packages, scenario_, *testbed_, *recorder_, *load_);
      for (const auto& wrong : end.finish(milliseconds_of(scenario_.limits.final_s))) {
        find("packages", wrong);
      }
    }
  }

  void finish_watching() {
    if (result_.interrupted) return;
    for (const auto& wrong : watchers_->finish(milliseconds_of(scenario_.limits.final_s))) {
      find(wrong.judge, wrong.what);
    }
  }

  void stop() {
    watchers_.reset();
    result_.late = load_->late();
    result_.ok = recorder_->count(Noted::ok);
    result_.fail = recorder_->count(Noted::fail);
    result_.unknown = recorder_->count(Noted::info);
    result_.faults = nemesis_->begun();
    result_.faults_skipped = nemesis_->skipped();
    // In an interrupted run one may not have been ready to hear that it should end.
    if (auto wrong = testbed_->stop(); !wrong.empty() && !result_.interrupted) {
      find("processes", "asked to end, a server did not end well: " + wrong);
    }
    facts_ = facts();
    testbed_->keep_only_logs(file("logs"));
  }

  void find(const char* judge, const std::string& what) {
    findings_.push_back({.judge = judge,
                         .key = "",
                         .verdict = check::Verdict::invalid,
                         .summary = what,
                         .witness = {.text = what, .operations = {}}});
  }

  Result<void> judge() {
    tell("judge");
    auto history = check::read_history(file("history.jsonl"));
    if (!history) return error("the journal cannot be read: " + history.error().text());
    check::CheckOptions options;
    options.need_faults = !scenario_.faults.empty();
    result_.judgement = check::check(*history, options);
    add_findings();
    if (!options_.report) return {};
    auto written = report::write_report(options_.directory, file("history.jsonl"), facts_, *history,
                                        result_.judgement);
    if (!written) return written.error();
    return {};
  }

  void add_findings() {
    check::Judgement& judgement = result_.judgement;
    if (result_.interrupted) {
      judgement.findings.push_back({.judge = "evidence",
                                    .key = "",
                                    .verdict = check::Verdict::unknown,
                                    .summary = "the run was ended before its time",
                                    .witness = {}});
      judgement.verdict = std::max(judgement.verdict, check::Verdict::unknown);
    }
    if (findings_.empty()) return;
    judgement.verdict = check::Verdict::invalid;
    judgement.findings.insert(judgement.findings.begin(), findings_.begin(), findings_.end());
  }

  report::RunFacts facts() {
    report::RunFacts facts;
    facts.scenario = options_.name;
    facts.about = scenario_.about;
    facts.scenario_text = to_json(scenario_).dump(2);
    facts.seed = scenario_.seed;
    facts.engine = name(scenario_.cluster.engine);
    facts.reproduce = options_.reproduce;
    facts.began = began_;
    for (const ClusterPart& part : testbed_->cluster().parts()) {
      using Role = report::ProcessFacts::Role;
      facts.processes.push_back(
          {part.name, part.is_server ? Role::server : Role::member, part.url});
      facts.logs.push_back("logs/" + part.name + ".log");
    }
    for (const MirrorProcess& mirror : testbed_->mirrors()) {
      facts.logs.push_back("logs/" + mirror.name() + ".log");
    }
    std::stable_sort(facts.processes.begin(), facts.processes.end(),
                     [](const auto& a, const auto& b) { return a.role < b.role; });
    for (const FaultSpec& fault : scenario_.faults) {
      auto planned = std::find_if(
          facts.planned_faults.begin(), facts.planned_faults.end(),
          [&](const report::PlannedFaults& one) { return one.kind == name(fault.kind); });
      if (planned == facts.planned_faults.end()) {
        planned = facts.planned_faults.insert(planned, {std::string(name(fault.kind)), 0});
      }
      ++planned->count;
    }
    return facts;
  }

  const RunOptions& options_;
  const Scenario& scenario_;
  const std::chrono::system_clock::time_point began_ = std::chrono::system_clock::now();
  RunResult result_;
  report::RunFacts facts_;
  std::vector<check::Finding> findings_;
  std::optional<Clock::time_point> load_began_;
  // In the order of their lives: what is below uses what is above.
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Testbed> testbed_;
  std::vector<WorkloadSpec> operating_;  // whose workloads are these:
  std::vector<std::unique_ptr<Workload>> workloads_;
  std::vector<std::string> counters_;  // "collection/id"
  std::unique_ptr<Watchers> watchers_;
  std::unique_ptr<Load> load_;
  std::unique_ptr<Nemesis> nemesis_;
};

}  // namespace

Result<RunResult> run(const RunOptions& options) { return Run(options)(); }

}  // namespace dcount::sim
