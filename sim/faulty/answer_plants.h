// Planted bugs at the clients' side of a server: they change the handlers of its routes. What they
// do is told in plants.h.
//
// Thread-safety: called once, before the server serves.
#pragma once

#include <chrono>

#include "server/http/route_table.h"

namespace dcount::faulty {

/// How long an answer is remembered.
inline constexpr std::chrono::milliseconds answer_cached{200};
/// What a commit takes longer, so that there is something uncommitted to see.
inline constexpr std::chrono::milliseconds commit_longer{10};

void cache_answers(http::RouteTable& routes);
void forget_cursors(http::RouteTable& routes);
void forget_keys_with_connections(http::RouteTable& routes);
void show_uncommitted(http::RouteTable& routes);

}  // namespace dcount::faulty
