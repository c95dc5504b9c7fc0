// Stored answers of counters and batches of them (answer.h).
//
// A counter's outcome is "code:n:applied:version:deleted:min:max:id", cut after the last part that
// says something; a batch is "<refused index>" and its results, separated by ';'.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/core/outcome.h"

namespace dcount::core {

std::string encode_answer(const CounterOutcome& counter);
std::optional<CounterOutcome> decode_counter_answer(std::string_view word);

std::string encode_answer(const BatchOutcome& batch);
/// With the code that a batch with these results has.
std::optional<Outcome> decode_batch_answer(std::string_view word);

}  // namespace dcount::core
