// `dcount package add|get|list|show|remove|usage`.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_package(CLI::App& app, Context& context);

}  // namespace dcount::cli
