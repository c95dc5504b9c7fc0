// What those who run the server ask it: is it alive, is it ready, what does it count of itself.
//
// Thread-safety: handlers of the command lane run on event loops, those of the service lane on
// workers.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "server/engine/engine.h"
#include "server/http/route_table.h"
#include "server/http/statistics.h"
#include "server/packages/package_service.h"
#include "server/tails/tails.h"

namespace dcount::api {

struct OperationsContext {
  engine::Engine& engine;
  std::function<http::Statistics()> http_statistics;
  const tails::TailFigures& tails;
  const std::atomic<bool>& joined;  ///< registered in the store, or tried to
  const std::atomic<bool>& draining;
  std::function<packages::PackageFigures()> packages;
};

/// Why requests should go elsewhere, for people; empty: they are welcome.
std::string why_not_ready(const OperationsContext& context);

/// GET /health, /livez, /readyz, /metrics.
void add_operations_routes(http::RouteTable& routes, const OperationsContext& context);

}  // namespace dcount::api
