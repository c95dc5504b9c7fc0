// `dcount package get`.
//
// Thread-safety: the main thread.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_package_getting(CLI::App& group, Context& context);

}  // namespace dcount::cli
