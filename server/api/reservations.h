// /sequences/{name}/reservations: numbers of gapless sequences, taken out until they are confirmed,
// released or expired (http-api.md, "Sequences"). Versions here are the sequence's.
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include <cstdint>

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

inline constexpr std::int64_t reservation_ttl_s_default = 300;
inline constexpr std::int64_t reservation_ttl_s_max = std::int64_t{30} * 24 * 3600;

void add_reservation_routes(http::RouteTable& routes, Context& context);

}  // namespace dcount::api
