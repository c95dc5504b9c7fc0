// /tail and /lockstep: changes as they happen (http-api.md, "Tails").
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include <string>
#include <vector>

#include "server/http/route_table.h"
#include "server/tails/tails.h"

namespace dcount::api {

struct TailSettings {
  bool deflate = false;              ///< permessage-deflate, for WebSockets that ask for it
  std::vector<std::string> origins;  ///< of pages that may open a WebSocket; empty: any
};

/// `tails` outlives the table.
void add_tail_routes(http::RouteTable& routes, tails::Tails& tails, TailSettings settings);

}  // namespace dcount::api
