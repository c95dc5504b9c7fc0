// What each command on counters does. One function a command; refusals are a straight column of
// `if … return` before anything is written.
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include "server/core/command.h"
#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

/// Dispatches to the rule. A refusal has written nothing, except that an expired counter is gone.
CounterOutcome apply(Transaction& transaction, const CounterOp& op);

CounterOutcome apply(Transaction& transaction, const CreateCounter& create);
CounterOutcome apply(Transaction& transaction, const Add& add);
CounterOutcome apply(Transaction& transaction, const Reset& reset);
CounterOutcome apply(Transaction& transaction, const Delete& remove);
CounterOutcome apply(Transaction& transaction, const ReadCounter& read);

}  // namespace dcount::core
