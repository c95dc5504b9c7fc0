// `dcount sequence`: numbers that are never handed out twice.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_sequence(CLI::App& app, Context& context);

}  // namespace dcount::cli
