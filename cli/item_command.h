// `dcount item`: distinct ids per tenant.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_item(CLI::App& app, Context& context);

}  // namespace dcount::cli
