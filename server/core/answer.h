// Answers as they are kept in idempotency records, one word without spaces: a retry at any server,
// after any restart, gets the first answer again.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/core/outcome.h"

namespace dcount::core {

/// Only outcomes of commands that change something are kept; of a list only the code would be.
std::string encode_answer(const Outcome& outcome);

/// nullopt for what encode_answer did not write.
std::optional<Outcome> decode_answer(std::string_view word);

}  // namespace dcount::core
