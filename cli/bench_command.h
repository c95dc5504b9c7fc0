// `dcount bench`: load on a server, with percentiles, and the device's own fdatasync time beside
// them.
//
// Thread-safety: the main thread.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_bench(CLI::App& app, Context& context);

}  // namespace dcount::cli
