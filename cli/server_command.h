// `dcount server`, see the .cpp.
#pragma once

#include "cli/command.h"
#include "server/api/server.h"

namespace dcount::cli {

void add_server(CLI::App& app, Context& context);

/// From now on servers are run with these edges. Before run (app.h), for a test's own binary.
void serve_with(api::Edges edges);

}  // namespace dcount::cli
