// `dcount dump` and `dcount restore`, see the .cpp.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_dump(CLI::App& app, Context& context);

}  // namespace dcount::cli
