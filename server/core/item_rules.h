// What each command on tenants' items does.
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

/// Two writes for each tenant that gets something new, however many items there are: its head and
/// one chunk. None for a tenant that has them all.
Outcome apply(Transaction& transaction, const AddItems& add);

Outcome apply(Transaction& transaction, const CountItems& count);

}  // namespace dcount::core
