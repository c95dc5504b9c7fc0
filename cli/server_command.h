// `dcount server`, see the .cpp.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_server(CLI::App& app, Context& context);

}  // namespace dcount::cli
