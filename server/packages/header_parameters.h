// A header's value with parameters: `form-data; name="data"; filename=a.tar.xz` (RFC 9110 5.6.6).
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dcount::packages {

struct HeaderValue {
  std::string value;                                            ///< in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case

  /// nullopt: there is none, or more than one.
  std::optional<std::string> only(std::string_view name) const;
};

/// nullopt: it is not of this form.
std::optional<HeaderValue> parse_header_value(std::string_view text);

/// A to Z, and nothing else.
std::string lower_case(std::string_view text);

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace dcount::packages
