// What each command on sequences does. One function a command; refusals are a straight column of
// `if … return` before anything is written.
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include <string>

#include "server/core/outcome.h"
#include "server/core/sequence.h"
#include "server/core/transaction.h"

namespace dcount::core {

/// The sequence as it stands, for people.
SequenceOutcome describe(const std::string& name, const Sequence& sequence);

Outcome apply(Transaction& transaction, const DefineSequence& define);
Outcome apply(Transaction& transaction, const DeleteSequence& remove);
Outcome apply(Transaction& transaction, const ReadSequence& read);
Outcome apply(Transaction& transaction, const Draw& draw);
Outcome apply(Transaction& transaction, const ReturnLease& give_back);

}  // namespace dcount::core
