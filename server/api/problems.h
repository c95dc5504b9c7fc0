// The one table from outcomes that are not "ok" to problems on the wire.
//
// Thread-safety: pure.
#pragma once

#include <httplib.h>

#include <string>

#include "server/api/bad_request.h"
#include "server/api/json_object.h"
#include "server/core/outcome.h"

namespace dcount::api {

/// A problem for a refusal or an engine's answer. `subject` is what was asked for, for people.
/// bound_exceeded and overflow also carry value, min, max and applied.
httplib::Response problem_for(const core::Outcome& outcome, const std::string& subject, Ints ints);

/// A refused batch: 409 with the index of the op, whatever the reason was.
httplib::Response problem_for_batch(const core::BatchOutcome& outcome, Ints ints);

httplib::Response problem_for(const BadRequest& bad);

}  // namespace dcount::api
