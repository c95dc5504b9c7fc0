// GET /api/dump and POST /api/restore: everything, as JSON lines (dump_file.h).
//
// Thread-safety: handlers run on workers of the service lane.
#pragma once

#include <string>

#include "server/engine/engine.h"
#include "server/http/route_table.h"

namespace dcount::api {

inline constexpr std::size_t restore_body_bytes_max = std::size_t{64} << 30;
inline constexpr std::size_t restore_records_per_commit = 1000;
inline constexpr std::size_t restore_bytes_per_commit = std::size_t{4} << 20;

/// `spool_directory` is where dumps are written before they are sent.
void add_dump_routes(http::RouteTable& routes, engine::Engine& engine, const engine::Clock& clock,
                     const std::string& spool_directory);

}  // namespace dcount::api
