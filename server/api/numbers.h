// 64-bit integers as clients write them: JSON numbers or strings of digits, exact or refused.
//
// Thread-safety: pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace dcount::api {

/// "-?[0-9]+" within int64; nullopt otherwise.
std::optional<std::int64_t> parse_int(std::string_view text);

/// An integral JSON number within int64, or a string that parse_int takes. 3.9, 1e3, 2^63, true
/// and "" are none.
std::optional<std::int64_t> parse_json_int(const nlohmann::json& value);

}  // namespace dcount::api
