// Everything there is under the prefix, page by page, as of one revision.
//
// Thread-safety: pure functions over one Connection.
#pragma once

#include <string>

#include "server/store/etcd/transport.h"
#include "server/store/store.h"

namespace dcount::store::etcd {

/// Shows the users' entries, in the order of keys; returns the revision. Errors: etcd cannot be
/// reached, or was compacted past that revision meanwhile (both unknown), or refuses (definite);
/// what was shown until then is not all.
Result<Revision> load(Connection& connection, const std::string& prefix,
                      const LoadVisitor& visitor);

}  // namespace dcount::store::etcd
