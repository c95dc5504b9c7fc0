// `dcount sim`: the harness.
//
// Thread-safety: the main thread.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_sim(CLI::App& app, Context& context);

// Its parts, one file each.
void add_sim_run(CLI::App& group, Context& context);      ///< run, shrink
void add_sim_runs(CLI::App& group, Context& context);     ///< list, show, open, export
void add_sim_planted(CLI::App& group, Context& context);  ///< planted
void add_sim_world(CLI::App& group, Context& context);    ///< world

}  // namespace dcount::cli
