// /api/keys: making, listing and revoking API keys (http-api.md). The secret of a new key is told
// in that one answer; no record and no log has it.
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

inline constexpr std::size_t key_prefixes_max = 100;
inline constexpr std::int64_t key_rate_per_minute_max = 1'000'000'000;

/// What a key is to be, all but its secret. Throws BadRequest.
core::KeyTraits key_input(const nlohmann::json& body);

/// Adds the routes. `context` outlives the table, and has a key_ring.
void add_key_routes(http::RouteTable& routes, Context& context);

}  // namespace dcount::api
