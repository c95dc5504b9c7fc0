// Bytes as text.
//
// Thread-safety: pure function.
#pragma once

#include <span>
#include <string>

namespace dcount::api {

/// Two lower-case hexadecimal digits a byte.
inline std::string hex(std::span<const unsigned char> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace dcount::api
