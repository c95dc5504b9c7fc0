// What each command on API keys does.
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include "server/core/key.h"
#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

Outcome apply(Transaction& transaction, const CreateKey& create);
Outcome apply(Transaction& transaction, const RevokeKey& revoke);
Outcome apply(Transaction& transaction, const ReadUsage& read);

/// nullopt: there is none (any more).
std::optional<KeyTraits> key_at(Transaction& transaction, std::string_view id);

/// What the key has used; with packages that come (or go, when negative) the sum is written.
Usage usage_at(Transaction& transaction, std::string_view id);
void use(Transaction& transaction, std::string_view id, std::int64_t packages, std::int64_t bytes);

}  // namespace dcount::core
