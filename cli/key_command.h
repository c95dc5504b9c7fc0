// `dcount key create|list|revoke`, see the .cpp.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_key(CLI::App& app, Context& context);

}  // namespace dcount::cli
