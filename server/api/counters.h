// /cnt: counters (http-api.md, "Counters"), and lists of them.
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

/// Adds the routes of /cnt. `context` outlives the table.
void add_counter_routes(http::RouteTable& routes, Context& context);

}  // namespace dcount::api
