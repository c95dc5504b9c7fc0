// The one table from outcomes that are not "ok" to problems on the wire.
//
// Thread-safety: pure.
#pragma once

#include <httplib.h>

#include <string>

#include "server/api/bad_request.h"
#include "server/api/dispatcher.h"
#include "server/core/outcome.h"

namespace dcount::api {

/// A problem for a refusal or an engine's answer to what was asked for. bound_exceeded and overflow
/// also carry value, min, max and applied; those of reservations number and token.
httplib::Response problem_for(const core::Outcome& outcome, const Answer& answer);

/// A refused batch: 409 with the index of the op, whatever the reason was.
httplib::Response problem_for_batch(const core::BatchOutcome& outcome, Ints ints);

httplib::Response problem_for(const BadRequest& bad);

}  // namespace dcount::api
