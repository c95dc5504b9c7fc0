// One run of a scenario from the command line: a directory for it, a live line, its words.
//
// Thread-safety: the main thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/command.h"
#include "sim/scenario/run_directory.h"
#include "sim/scenario/runner.h"

namespace dcount::cli {

struct ScenarioRunOptions {
  std::string root = sim::runs_root_default;  ///< where runs are kept
  sim::Programs programs;
  bool report = true;  ///< write verdict and report, beside the journal
};

/// What --plant takes for no bug, when the scenario names one.
inline constexpr const char* no_plant = "none";

struct ScenarioRun {
  sim::Scenario scenario;  ///< drawn
  std::filesystem::path directory;
  sim::RunResult result;
};

/// A seed for a run that was given none: other than the last ones, and short enough to be typed.
std::uint64_t fresh_seed();

/// "dcount sim run FILE --seed N", with the programs, the bug (empty: none beyond the file's) and
/// the root where they are not the usual ones. For a shell.
std::string command_for(const std::string& file, std::uint64_t seed,
                        const ScenarioRunOptions& options, const std::string& plant = {});

/// Runs `scenario` (drawn) in a new directory of the root, and shows nothing but a live line.
/// Error: the set-up failed.
Result<ScenarioRun> run_once(const std::string& name, const sim::Scenario& scenario,
                             const std::string& reproduce, const ScenarioRunOptions& options,
                             Context& context);
/// The same in `directory`.
Result<ScenarioRun> run_in(const std::filesystem::path& directory, const std::string& name,
                           const sim::Scenario& scenario, const std::string& reproduce,
                           const ScenarioRunOptions& options, Context& context);

/// The seed and every derived option, as it is run.
void show_options(const std::string& name, const sim::Scenario& scenario, Output& output);
/// The verdict, what it rests on, and where to read more.
void show_run(const std::string& name, const ScenarioRun& run, Output& output);

}  // namespace dcount::cli
