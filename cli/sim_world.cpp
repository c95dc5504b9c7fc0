// `dcount sim world`: many runs in virtual time.
#include <unistd.h>

#include "cli/interruption.h"
#include "cli/progress.h"
#include "cli/scenario_run.h"
#include "cli/sim_command.h"
#include "cli/verdict_output.h"
#include "sim/world/world_runs.h"

namespace dcount::cli {
namespace {

struct WorldArguments {
  world::WorldOptions options{.seed = 0, .runs = 1000};
  std::int64_t seconds = 0;
};

ExitCode run(const WorldArguments& arguments, Context& context) {
  world::WorldOptions options = arguments.options;
  if (options.seed == 0) options.seed = fresh_seed();
  options.time_max = std::chrono::seconds(arguments.seconds);
  const bool json = context.output.json();
  if (!json) {
    context.output.line("seeds from " + std::to_string(options.seed) + ", " +
                        std::to_string(options.operations) + " operations each");
    (void)context.output.flush();
  }
  world::WorldReport report;
  {
    Progress progress(context.output.err_is_terminal() && !json, "runs", options.runs,
                      ProgressUnit::items);
    report = world::run_worlds(
        options, [&](const world::WorldProgress& so_far) { progress.at(so_far.runs); });
  }
  if (json) {
    context.output.line(world::to_json(report));
  } else {
    if (options.trace) context.output.text(report.trace);
    context.output.text(world::to_text(report));
  }
  return ExitCode{world::exit_code(report)};
}

}  // namespace

void add_sim_world(CLI::App& group, Context& context) {
  auto [command, arguments] = add_action(
      group, context, "world", "Run the sequencer over a simulated etcd and disk, in virtual time",
      {"dcount sim world --runs 10000", "dcount sim world --seed 7 --trace",
       "dcount sim world --seconds 60 --runs 1000000"},
      run);
  world::WorldOptions& options = arguments.options;
  command.add_option("--seed", options.seed, "Of the first run; the next have the next [fresh]");
  command.add_option("--runs", options.runs, "How many")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
      ->capture_default_str();
  command.add_option("--seconds", arguments.seconds, "Begin no further run after so long")
      ->check(CLI::Range(0, 1'000'000));
  command.add_option("--operations", options.operations, "Of clients, in each run")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "How many runs at a time [one a core]");
  command.add_option("--keep", options.keep, "Only these events of the schedule: \"0-3,17\"");
  command.add_flag("--trace", options.trace, "Print everything that happens in the first run");
}

}  // namespace dcount::cli
