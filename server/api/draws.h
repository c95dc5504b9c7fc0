// /v1/{name} and /v2/{name}: the next numbers of a sequence, as PEZ answers them. Their GETs change
// state, so nothing here may be cached, and there is no HEAD.
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

void add_draw_routes(http::RouteTable& routes, Context& context);

}  // namespace dcount::api
