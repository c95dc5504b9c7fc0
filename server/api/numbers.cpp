#include "server/api/numbers.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

namespace dcount::api {

std::optional<std::int64_t> parse_int(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_json_int(const nlohmann::json& value) {
  if (value.is_string()) return parse_int(value.get_ref<const std::string&>());
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    constexpr auto highest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (number > highest) return std::nullopt;
  }
  return value.get<std::int64_t>();
}

}  // namespace dcount::api
