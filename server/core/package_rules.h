// What each command on packages does.
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include <string>

#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

/// What is refused is refused in this order: the key is gone, the id is not new, the quotas.
Outcome apply(Transaction& transaction, const AddPackage& add);

/// not_found comes with a tombstone: of version 0 when nothing is known of such a package, of its
/// last version (and its pkgid) when it was deleted or has expired.
Outcome apply(Transaction& transaction, const ReadPackage& read);

/// What both find expired they bury, and say not_found. Who is added and removed at once is added.
Outcome apply(Transaction& transaction, const DeletePackage& del);
Outcome apply(Transaction& transaction, const ChangeHolders& change);

/// Housekeeping: a package whose time is over becomes a tombstone. False: it has not come yet, or
/// it is one already.
bool expire_package(Transaction& transaction, const std::string& key);

}  // namespace dcount::core
