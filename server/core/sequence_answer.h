// Stored answers of sequences and their reservations (answer.h); the code stands before them.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/core/outcome.h"

namespace dcount::core {

/// "<version>:<wraps>" and ";<first>:<step>:<count>" for each run.
std::string encode_answer(const NumbersOutcome& numbers);
std::optional<NumbersOutcome> decode_numbers_answer(std::string_view word);

/// "<name>:<version>:<deleted>:" and the definition and where it stood.
std::string encode_answer(const SequenceOutcome& sequence);
std::optional<SequenceOutcome> decode_sequence_answer(std::string_view word);

/// "<number>:<token>:<expires>:<version>"
std::string encode_answer(const ReservationOutcome& reservation);
std::optional<ReservationOutcome> decode_reservation_answer(std::string_view word);

}  // namespace dcount::core
