// From the bodies of answers to values: nodes.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>

#include "client/node.h"

namespace dcount::client {

/// Nothing when the body is not what the contract says.
std::optional<ClusterState> decode_state(std::string body);

}  // namespace dcount::client
