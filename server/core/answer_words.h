// The small parts that stored answers are made of (answer.h).
//
// Thread-safety: pure functions.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/outcome.h"

namespace dcount::core {

inline std::string word_of(std::int64_t number) { return std::to_string(number); }

/// Empty for none.
inline std::string word_of(const std::optional<std::int64_t>& number) {
  return number ? word_of(*number) : std::string();
}

inline std::optional<std::int64_t> number_in(std::string_view word) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || stop != word.data() + word.size()) return std::nullopt;
  return value;
}

inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

inline std::optional<Code> code_named(std::string_view name) {
  for (auto code = Code::ok; code <= Code::unknown;
       code = static_cast<Code>(static_cast<std::uint8_t>(code) + 1)) {
    if (to_string(code) == name) return code;
  }
  return std::nullopt;
}

}  // namespace dcount::core
