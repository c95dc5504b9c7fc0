// From the bodies of answers to values: sequences.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "client/sequence.h"

namespace dcount::client {

/// All of them: nothing when the body is not what the contract says.
std::optional<std::vector<std::int64_t>> decode_numbers(std::string_view body);
std::optional<SequenceState> decode_sequence(std::string_view body);
std::optional<SequencePage> decode_sequence_page(std::string_view body);
std::optional<Reservation> decode_reservation(std::string_view body);
/// The number of a reservation that was confirmed or released.
std::optional<std::int64_t> decode_settled(std::string_view body);

}  // namespace dcount::client
