// `dcount cluster`, see the .cpp.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_cluster(CLI::App& app, Context& context);

}  // namespace dcount::cli
