// The body of POST /items, [{"id": "a", "tenant": "t"}, …], read in one pass straight into a
// command: thousands of items a request must be cheap.
//
// Thread-safety: pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/core/item_commands.h"

namespace dcount::api {

inline constexpr std::size_t items_max = 10'000;  ///< of one request

/// Members are id and tenant in any case (distributed-counter's own clients send "ID"), the last
/// one of a name counts, others are ignored. Throws BadRequest, which names the item.
core::AddItems items_body(std::string_view body);

}  // namespace dcount::api
