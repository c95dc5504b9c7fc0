// /items: distinct items per tenant (http-api.md, "Items per tenant").
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include <cstddef>

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

inline constexpr std::size_t items_body_bytes_max = std::size_t{8} << 20;

void add_item_routes(http::RouteTable& routes, Context& context);

}  // namespace dcount::api
