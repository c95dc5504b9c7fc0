// Runs the body of a command handler: malformed input becomes a problem, and nothing a request can
// contain gets further than that.
//
// Thread-safety: the loop's.
#pragma once

#include <utility>

#include "server/api/bad_request.h"
#include "server/api/problems.h"
#include "server/http/responder.h"

namespace dcount::api {

/// `handle` throws before it has moved the responder away, or not at all.
template <class Handle>
void guarded(http::Responder& responder, Handle handle) {
  try {
    handle(responder);
  } catch (const BadRequest& bad) {
    responder.send(problem_for(bad));
  }
}

}  // namespace dcount::api
