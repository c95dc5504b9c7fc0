// `dcount cluster status`: what runs, what is ready, who leads.
//
// Thread-safety: the main thread.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

ExitCode cluster_status(const std::string& directory, Context& context);

}  // namespace dcount::cli
