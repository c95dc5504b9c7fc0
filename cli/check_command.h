// `dcount check`: judges histories.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_check(CLI::App& app, Context& context);

}  // namespace dcount::cli
