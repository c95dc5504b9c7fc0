// What etcd lets into one txn, found out by asking: its flags cannot be read from outside.
//
// Thread-safety: pure functions over one Connection.
#pragma once

#include <string>

#include "server/store/etcd/transport.h"
#include "server/store/store.h"

namespace dcount::store::etcd {

/// Asks with what etcd refuses either way, and for which reason: none of it goes through its log.
/// More than 4096 operations or 8 MiB are not asked for. Errors: etcd cannot be reached, or takes
/// not even its defaults.
Result<Limits> probe_limits(Connection& connection, const std::string& prefix);

}  // namespace dcount::store::etcd
