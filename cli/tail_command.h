// `dcount tail`: counters as they change.
//
// Thread-safety: the main thread.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

void add_tail(CLI::App& app, Context& context);

}  // namespace dcount::cli
