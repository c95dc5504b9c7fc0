// /sequences: defining, showing, listing and deleting them (http-api.md, "Sequences").
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

void add_sequence_routes(http::RouteTable& routes, Context& context);

}  // namespace dcount::api
