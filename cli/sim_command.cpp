#include "cli/sim_command.h"

namespace dcount::cli {

void add_sim(CLI::App& app, Context& context) {
  CLI::App& group = add_command(
      app, "sim", "Clusters of real processes, hurt and judged",
      {"dcount sim run scenarios/fast/kill-during-commit.json",
       "dcount sim world --seed 7 --runs 10000", "dcount sim planted", "dcount sim list"});
  add_sim_run(group, context);
  add_sim_runs(group, context);
  add_sim_planted(group, context);
  add_sim_world(group, context);
}

}  // namespace dcount::cli
