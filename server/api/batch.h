// POST /batch: up to 1000 ops on counters, all or nothing.
//
//   {"ops": [{"add": "views/home", "n": 5, "create": true}, {"reset": "views/old"},
//            {"delete": "views/gone"}, {"create": "stock/a", "n": 10, "min": 0}, {"read": "a/b"}]}
//
// Thread-safety: see counters.h.
#pragma once

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

inline constexpr std::size_t batch_ops_max = 1000;
inline constexpr std::size_t batch_body_bytes_max = std::size_t{8} << 20;

void add_batch_routes(http::RouteTable& routes, Context& context);

}  // namespace dcount::api
