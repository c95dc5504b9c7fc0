// The sequence that a command names: where all rules of sequences begin.
//
// Thread-safety: a plain value; finding it is the transaction's.
#pragma once

#include <string>

#include "server/core/precondition.h"
#include "server/core/sequence.h"
#include "server/core/transaction.h"

namespace dcount::core {

/// A sequence that a command found, or did not: forward and reverse are there before they are
/// stored; absent and deleted ones differ only in version.
struct FoundSequence {
  std::string key;
  Sequence sequence;
  bool live = false;
  bool fixed = false;

  FoundSequence(Transaction& transaction, const std::string& name);

  bool fits(const Precondition& wanted) const { return holds(wanted, live, sequence.version); }
};

}  // namespace dcount::core
