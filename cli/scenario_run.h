// One run of a scenario from the command line: a directory for it, a live line, its words.
//
// Thread-safety: the main thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/command.h"
#include "sim/scenario/runner.h"

namespace dcount::cli {

struct ScenarioRunOptions {
  std::string root = ".dcount/runs";  ///< where runs are kept
  sim::Programs programs;
};

struct ScenarioRun {
  sim::Scenario scenario;  ///< drawn
  std::filesystem::path directory;
  sim::RunResult result;
};

/// A seed for a run that was given none: other than the last ones, and short enough to be typed.
std::uint64_t fresh_seed();

/// "dcount sim run FILE --seed N"
std::string command_for(const std::string& file, std::uint64_t seed);

/// Runs `scenario` (drawn) and shows nothing but a live line. Error: the set-up failed.
Result<ScenarioRun> run_once(const std::string& name, const sim::Scenario& scenario,
                             const std::string& reproduce, const ScenarioRunOptions& options,
                             Context& context);

/// The seed and every derived option, as it is run.
void show_options(const std::string& name, const sim::Scenario& scenario, Output& output);
/// The verdict, what it rests on, and where to read more.
void show_run(const std::string& name, const ScenarioRun& run, Output& output);

}  // namespace dcount::cli
