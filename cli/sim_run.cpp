// `dcount sim run`, `dcount sim shrink`.
#include <algorithm>
#include <fstream>

#include "cli/interruption.h"
#include "cli/scenario_run.h"
#include "cli/sim_command.h"
#include "cli/verdict_output.h"
#include "sim/scenario/draw.h"
#include "sim/scenario/shrink.h"

namespace dcount::cli {
namespace {

namespace fs = std::filesystem;

struct RunArguments {
  std::vector<std::string> files;
  std::uint64_t seed = 0;
  int runs = 1;
  bool shrink = false;
  sim::ShrinkOptions shrinking;
  std::string plant;
  std::string binary;
  std::string faulty;
  ScenarioRunOptions options;
};

/// Times that a failure is run again to say how often it comes.
constexpr int reproduction_runs = 5;

/// A directory means the scenarios in it.
std::vector<std::string> files_of(const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const std::string& one : given) {
    if (!fs::is_directory(one)) {
      files.push_back(one);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(one)) {
      if (entry.path().extension() == ".json") found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Json document_of(const std::string& name, const ScenarioRun& run, const std::string& reproduce) {
  Json document{{"scenario", name},
                {"seed", run.scenario.seed},
                {"verdict", word_for(run.result.judgement.verdict)},
                {"ok", run.result.ok},
                {"fail", run.result.fail},
                {"unknown", run.result.unknown},
                {"faults", run.result.faults},
                {"seconds", run.result.seconds},
                {"directory", run.directory.string()},
                {"reproduce", reproduce}};
  for (const check::Finding& finding : run.result.judgement.findings) {
    if (finding.verdict == check::Verdict::valid) continue;
    document["findings"].push_back({{"judge", finding.judge},
                                    {"key", finding.key},
                                    {"verdict", word_for(finding.verdict)},
                                    {"summary", finding.summary},
                                    {"witness", finding.witness.text}});
  }
  return document;
}

class Runs {
 public:
  Runs(const RunArguments& arguments, Context& context)
      : arguments_(arguments), context_(context), options_(arguments.options) {
    options_.programs = {arguments.binary, arguments.faulty};
  }

  ExitCode all() {
    const auto files = files_of(arguments_.files);
    if (files.empty()) return context_.output.fail(setup_failed, "there is no scenario there");
    for (const std::string& file : files) {
      for (int i = 0; i < arguments_.runs && !interrupted(); ++i) run(file, i);
    }
    const bool violated = worst_ == exit_code(check::Verdict::invalid);
    return interrupted() && !violated ? ExitCode::interrupted : worst_;
  }

 private:
  /// A violation dominates, then what could not be set up, then too little evidence.
  void count(ExitCode code) {
    const auto rank = [](ExitCode one) {
      constexpr int ranks[] = {0, 3, 1, 2};
      return ranks[static_cast<int>(one)];
    };
    if (rank(code) > rank(worst_)) worst_ = code;
  }

  /// `again`: how often it was run already.
  void run(const std::string& file, int again) {
    auto loaded = sim::load_scenario(file);
    if (!loaded) return count(context_.output.fail(setup_failed, loaded.error().message));
    if (!arguments_.plant.empty()) {
      loaded->cluster.plant = arguments_.plant == no_plant ? "" : arguments_.plant;
    }
    std::uint64_t seed = arguments_.seed != 0 ? arguments_.seed : loaded->seed;
    seed = seed == 0 ? fresh_seed() : seed + static_cast<std::uint64_t>(again);
    const sim::Scenario scenario = sim::draw(*loaded, seed);
    const std::string name = fs::path(file).stem();
    const std::string reproduce = command_for(file, seed, options_, arguments_.plant);
    if (!context_.output.json()) show_options(name, scenario, context_.output);
    (void)context_.output.flush();
    const auto done = run_once(name, scenario, reproduce, options_, context_);
    if (!done) return count(context_.output.fail(setup_failed, name + ": " + done.error().message));
    Json document = document_of(name, *done, reproduce);
    if (!context_.output.json()) show_run(name, *done, context_.output);
    if (done->result.judgement.verdict == check::Verdict::invalid) {
      if (arguments_.shrink) {
        shrink(name, *done, document);
      } else if (!context_.output.json()) {
        context_.output.line(reproduce);
      }
    }
    if (context_.output.json()) context_.output.document(document);
    (void)context_.output.flush();
    count(exit_code(done->result.judgement.verdict));
  }

  /// Runs a candidate in a directory that is gone afterwards: it is nobody's latest run.
  bool fails(const fs::path& directory, const std::string& name, const sim::Scenario& scenario) {
    if (interrupted()) return false;
    ScenarioRunOptions options = options_;
    options.report = false;
    const auto done = run_in(directory, name, scenario, "", options, context_);
    std::error_code ignored;
    fs::remove_all(directory, ignored);
    return done && done->result.judgement.verdict == check::Verdict::invalid;
  }

  /// The smallest scenario that still fails goes into the run's directory.
  void shrink(const std::string& name, const ScenarioRun& run, Json& document) {
    const auto fails_once = [&](const sim::Scenario& candidate) {
      return fails(run.directory / "shrinking", name + ", shrinking", candidate);
    };
    const auto shrunk = sim::shrink(run.scenario, fails_once, arguments_.shrinking);
    const fs::path file = run.directory / (name + "-shrunk.json");
    std::ofstream(file) << sim::to_json(shrunk.scenario).dump(2) << '\n';
    int failed = 0;
    for (int i = 0; i < reproduction_runs; ++i) failed += fails_once(shrunk.scenario) ? 1 : 0;
    const std::string reproduce = command_for(file.string(), run.scenario.seed, options_);
    document["shrunk"] = {{"file", file.string()},
                          {"faults", shrunk.scenario.faults.size()},
                          {"faults_before", run.scenario.faults.size()},
                          {"clients", sim::clients_of(shrunk.scenario)},
                          {"clients_before", sim::clients_of(run.scenario)},
                          {"runs", shrunk.runs},
                          {"failed", failed},
                          {"of", reproduction_runs},
                          {"reproduce", reproduce}};
    if (context_.output.json()) return;
    context_.output.line("shrunk in " + std::to_string(shrunk.runs) + " runs to " +
                         std::to_string(shrunk.scenario.faults.size()) + " of " +
                         std::to_string(run.scenario.faults.size()) + " faults and " +
                         std::to_string(sim::clients_of(shrunk.scenario)) + " of " +
                         std::to_string(sim::clients_of(run.scenario)) + " clients; fails in " +
                         std::to_string(failed) + " of " + std::to_string(reproduction_runs) +
                         " runs:");
    show_options(name + "-shrunk", shrunk.scenario, context_.output);
    context_.output.line(reproduce);
  }

  const RunArguments& arguments_;
  Context& context_;
  ScenarioRunOptions options_;
  ExitCode worst_ = ExitCode::ok;
};

ExitCode run_scenarios(const RunArguments& arguments, Context& context) {
  const GracefulInterruption graceful;
  return Runs(arguments, context).all();
}

ExitCode shrink_scenario(const RunArguments& arguments, Context& context) {
  RunArguments with = arguments;
  with.shrink = true;
  return run_scenarios(with, context);
}

void add_options(CLI::App& command, RunArguments& arguments) {
  command.add_option("files", arguments.files, "Scenarios, or directories of them")
      ->required()
      ->type_name("FILE");
  command.add_option("--seed", arguments.seed, "What is left open is drawn from it [a fresh one]")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 62));
  command
      .add_option("--plant", arguments.plant,
                  "Run dcount-faulty with this bug; none: without the scenario's")
      ->type_name("BUG");
  command
      .add_option("--shrink-seconds", arguments.shrinking.seconds_max,
                  "Look no longer than that for a smaller one")
      ->type_name("SECONDS")
      ->capture_default_str();
  command.add_option("--dcount", arguments.binary, "The server to run [this program]")
      ->type_name("PROGRAM");
  command.add_option("--faulty", arguments.faulty, "dcount-faulty [the one beside this program]")
      ->type_name("PROGRAM");
  command.add_option("--root", arguments.options.root, "Where runs are kept")
      ->type_name("DIR")
      ->capture_default_str();
}

}  // namespace

void add_sim_run(CLI::App& group, Context& context) {
  auto [command, arguments] = add_action(
      group, context, "run", "Run scenarios on clusters of real processes, and judge them",
      {"dcount sim run scenarios/fast", "dcount sim run scenarios/fast/retry-storm.json --seed 7",
       "dcount sim run scenarios/slow/swarm.json --runs 10 --shrink"},
      run_scenarios);
  add_options(command, arguments);
  command.add_option("--runs", arguments.runs, "How often, each with a seed of its own")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_flag("--shrink", arguments.shrink, "Look for the smallest scenario that still fails");
  auto [shrink, same] =
      add_action(group, context, "shrink", "Run a scenario that fails, and look for a smaller one",
                 {"dcount sim shrink .dcount/runs/latest/scenario.json"}, shrink_scenario);
  add_options(shrink, same);
}

}  // namespace dcount::cli
