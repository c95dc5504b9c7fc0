// What servers tell of each other: to clients GET /api/get_state, to each other GET /capi/ping.
//
// Thread-safety: handlers run on event loops and never block: they tell what is in memory, also
// when the store cannot be reached.
#pragma once

#include <string>

#include "server/api/operations.h"
#include "server/engine/clock.h"
#include "server/http/route_table.h"
#include "server/nodes/node_service.h"

namespace dcount::api {

/// GET /api/get_state. All outlive the table.
void add_state_route(http::RouteTable& routes, const OperationsContext& operations,
                     const nodes::NodeService& nodes);

/// The routes of the internal listener: GET /capi/ping. `clock` outlives the table.
http::RouteTable make_internal_routes(const std::string& node, const std::string& version,
                                      const engine::Clock& clock);

}  // namespace dcount::api
