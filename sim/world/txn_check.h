// What etcd looks at in a transaction before it looks at what there is.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>

#include "sim/world/gateway_replies.h"
#include "sim/world/gateway_requests.h"

namespace dcount::world {

/// What the gateway refuses at once; status 200: nothing.
GatewayReply check_request(const TxnRequest& txn, std::size_t operations_max);

/// Only ranges in both branches: it does not go through the log.
bool is_read_only(const TxnRequest& txn);
/// And all of them serializable (or none at all): the member answers on its own.
bool is_serializable(const TxnRequest& txn);

}  // namespace dcount::world
