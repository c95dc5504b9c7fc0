// The one table of routes: what the server answers, and on which lane.
//
// Thread-safety: called once, before the server starts.
#pragma once

#include "server/api/context.h"
#include "server/api/operations.h"
#include "server/api/tails.h"
#include "server/http/route_table.h"
#include "server/nodes/node_service.h"

namespace dcount::api {

/// Everything referred to outlives the table.
http::RouteTable make_routes(Context& context, const OperationsContext& operations,
                             const nodes::NodeService& nodes, const engine::Clock& clock,
                             const std::string& spool_directory, tails::Tails& tails,
                             const TailSettings& tail_settings);

}  // namespace dcount::api
