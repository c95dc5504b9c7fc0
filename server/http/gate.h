// Who may do what: asked about every request that has a route, before its body is read. What the
// answer depends on (keys, scopes, quotas) is not the business of this folder.
#pragma once

#include <httplib.h>

#include <functional>
#include <optional>

#include "server/http/request.h"

namespace dcount::http {

struct Route;

/// Runs on the connection's loop, on all loops at once, and must not block. The request has its
/// head, captures, id, remote_addr and remote_port, but nothing of its body.
///
/// Nothing: it may go on, to whichever lane; `request.caller` is what the gate has put there.
/// A response: it is refused with that. Its body is read and dropped when it is short and its
/// length is known, so that the connection can go on; otherwise the connection ends with the
/// response. One that throws refuses with 500.
using Gate = std::function<std::optional<httplib::Response>(const Route& route, Request& request)>;

}  // namespace dcount::http
