// The secret that the nodes of a cluster share: who has it may use the internal listener.
//
// Thread-safety: from any thread.
#pragma once

#include <string>

#include "server/http/gate.h"

namespace dcount::keys {

/// Lets in who sends "Authorization: Bearer <secret>", compared in constant time; others get 401.
/// An empty secret is none: everybody is let in (an empty Gate).
http::Gate secret_gate(const std::string& secret);

}  // namespace dcount::keys
