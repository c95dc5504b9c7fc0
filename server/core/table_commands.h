// The commands that look at whole tables rather than at keys: lists, housekeeping, restore. They
// are decided against settled state only (needs_settled_view).
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

Outcome list(Transaction& transaction, const ListCounters& command);
Outcome list(Transaction& transaction, const ListSequences& command);
Outcome list(Transaction& transaction, const ListItems& command);
Outcome list(Transaction& transaction, const ListPackages& command);
Outcome list(Transaction& transaction, const ListKeys& command);
Outcome sweep(Transaction& transaction, const Sweep& command);
Outcome restore(Transaction& transaction, const Restore& command);

}  // namespace dcount::core
