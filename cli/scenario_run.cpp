#include "cli/scenario_run.h"

#include <unistd.h>

#include <cstdio>
#include <random>

#include "cli/interruption.h"
#include "cli/progress.h"
#include "cli/verdict_output.h"

namespace dcount::cli {
namespace {

constexpr std::size_t faults_shown_max = 12;

std::string tenths(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

/// A line that is drawn over again; only on a terminal.
class LiveLine {
 public:
  explicit LiveLine(bool visible) : visible_(visible) {}
  ~LiveLine() { set(""); }

  void set(const std::string& text) const {
    if (!visible_) return;
    const std::string line = "\r\x1b[K" + text;
    (void)!write(STDERR_FILENO, line.data(), line.size());
  }

 private:
  const bool visible_;
};

/// As one word of a shell's.
std::string quoted(const std::string& word) {
  constexpr const char* plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,=@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string text = "'";
  for (const char letter : word)
    text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

std::string words(const std::string& name, const sim::RunProgress& progress) {
  std::string line = name + ": " + progress.phase;
  if (progress.elapsed_s > 0) {
    line += " " + tenths(progress.elapsed_s) + " of " + tenths(progress.duration_s) + " s";
  }
  line += " · " + std::to_string(progress.ok) + " ok, " + std::to_string(progress.fail) +
          " failed, " + std::to_string(progress.unknown) + " unknown";
  return line + " · " + std::to_string(progress.faults) + " faults";
}

}  // namespace

std::uint64_t fresh_seed() { return 1 + std::random_device{}() % 1'000'000'000; }

std::string command_for(const std::string& file, std::uint64_t seed,
                        const ScenarioRunOptions& options, const std::string& plant) {
  std::string command = "dcount sim run " + quoted(file) + " --seed " + std::to_string(seed);
  const auto option = [&](const char* name, const std::string& value) {
    if (!value.empty()) command.append(" ").append(name).append(" ").append(quoted(value));
  };
  option("--plant", plant);
  option("--dcount", options.programs.dcount);
  option("--faulty", options.programs.faulty);
  if (options.root != sim::runs_root_default) option("--root", options.root);
  return command;
}

Result<ScenarioRun> run_once(const std::string& name, const sim::Scenario& scenario,
                             const std::string& reproduce, const ScenarioRunOptions& options,
                             Context& context) {
  auto directory = sim::make_run_directory(options.root, name, scenario.seed);
  if (!directory) return directory.error();
  return run_in(*directory, name, scenario, reproduce, options, context);
}

Result<ScenarioRun> run_in(const std::filesystem::path& directory, const std::string& name,
                           const sim::Scenario& scenario, const std::string& reproduce,
                           const ScenarioRunOptions& options, Context& context) {
  const LiveLine live(context.output.err_is_terminal() && !context.output.json());
  sim::RunOptions run{.name = name,
                      .scenario = scenario,
                      .directory = directory,
                      .programs = options.programs,
                      .reproduce = reproduce,
                      .report = options.report};
  run.progress = [&](const sim::RunProgress& progress) {
    live.set(words(name, progress));
    return !interrupted();
  };
  auto result = sim::run(run);
  if (!result) return result.error();
  return ScenarioRun{scenario, directory, std::move(*result)};
}

void show_options(const std::string& name, const sim::Scenario& scenario, Output& output) {
  sim::Json json = sim::to_json(scenario);
  output.line(name + ", seed " + std::to_string(scenario.seed) + ", " +
              tenths(scenario.duration_s) + " s, cluster " + json["cluster"].dump());
  for (const auto& workload : json["workloads"]) output.line("  workload " + workload.dump());
  std::size_t shown = 0;
  for (const auto& fault : json["faults"]) {
    if (++shown <= faults_shown_max) output.line("  fault " + fault.dump());
  }
  if (shown > faults_shown_max) {
    output.line("  and " + std::to_string(shown - faults_shown_max) +
                " more, in the run's scenario.json");
  }
}

void show_run(const std::string& name, const ScenarioRun& run, Output& output) {
  const sim::RunResult& result = run.result;
  std::string line = name + ": " + std::string(word_for(result.judgement.verdict)) + " in " +
                     tenths(result.seconds) + " s; " + std::to_string(result.ok) + " ok, " +
                     std::to_string(result.fail) + " failed, " + std::to_string(result.unknown) +
                     " unknown; " + std::to_string(result.faults) + " faults";
  if (result.faults_skipped > 0) {
    line += " (" + std::to_string(result.faults_skipped) + " could not be done when due)";
  }
  output.line(line + "; " + (run.directory / "report.html").string());
  show_findings(result.judgement, output);
}

}  // namespace dcount::cli
