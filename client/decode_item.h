// From the bodies of answers to values: items.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "client/item.h"

namespace dcount::client {

/// All of them: nothing when the body is not what the contract says.
std::optional<std::int64_t> decode_item_count(std::string_view body);
std::optional<ItemPage> decode_item_page(std::string_view body);

}  // namespace dcount::client
