// `dcount mirror`, see the .cpp.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_mirror(CLI::App& app, Context& context);

}  // namespace dcount::cli
