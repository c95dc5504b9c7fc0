// Exactly-once: the answer to a keyed command, stored in the same group as its effect, as
// "1 f=<fingerprint> e=<expires, Unix ms> a=<answer>".
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include <optional>

#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

/// The stored answer of an earlier request with this key (or that the key was another request's);
/// nullopt: there is none, or it has expired, and the command is to be decided.
std::optional<Outcome> recall(Transaction& transaction, const Idempotency& key);

/// Stores the outcome under the key.
void remember(Transaction& transaction, const Idempotency& key, const Outcome& outcome);

/// When the record under an idempotency key expires; nullopt when it is none.
std::optional<std::int64_t> record_expires_ms(std::string_view text);

/// Whether this version can replay the record: for what comes from outside.
bool is_replayable(std::string_view text);

/// For how long records live at present: keep_ms, or less when their number is at its bound.
std::int64_t key_window_s(const State& state, const Idempotency& key, Now now);

}  // namespace dcount::core
