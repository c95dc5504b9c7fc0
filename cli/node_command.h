// `dcount node`: the servers of the cluster.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_node(CLI::App& app, Context& context);

}  // namespace dcount::cli
