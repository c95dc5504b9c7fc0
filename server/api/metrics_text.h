// The Prometheus text format (exposition format 0.0.4).
//
// Thread-safety: pure.
#pragma once

#include <string>

#include "server/engine/statistics.h"
#include "server/http/statistics.h"
#include "server/packages/package_service.h"
#include "server/tails/tails.h"

namespace dcount::api {

std::string metrics_text(const http::Statistics& http, const engine::Statistics& engine,
                         const tails::TailFigures& tails, const packages::PackageFigures& packages);

}  // namespace dcount::api
