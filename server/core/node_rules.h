// What each command on nodes does.
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

Outcome apply(Transaction& transaction, const RegisterNode& node);
Outcome apply(Transaction& transaction, const MarkNode& mark);
Outcome apply(Transaction& transaction, const ForgetNode& forget);

/// Looks at whole tables: decided against settled state only.
Outcome apply(Transaction& transaction, const ListNodes& list);

}  // namespace dcount::core
