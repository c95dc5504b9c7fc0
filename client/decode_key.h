// From the bodies of answers to values: API keys.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "client/key.h"

namespace dcount::client {

/// Nothing when the body is not what the contract says.
std::optional<CreatedKey> decode_created_key(std::string_view body);
std::optional<KeyPage> decode_key_page(std::string_view body);

}  // namespace dcount::client
