// Percent-encoding, since cpp-httplib's own (RFC 2396, '+' as %2B, '#' as itself) is switched off.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dcount::client {

/// Everything but the unreserved characters of RFC 3986 as %XX: one segment of a path, or one name
/// or value of a query.
std::string percent_encode(std::string_view text);

/// A query, parameter by parameter: "?a=1&b=2", or nothing when none was added.
class Query {
 public:
  void add(std::string_view name, std::string_view value);
  void add(std::string_view name, std::int64_t value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// What asks for a page of a list: "?limit=100", and "&cursor=…" unless that is empty.
std::string page_query(std::size_t limit, std::string_view cursor);

}  // namespace dcount::client
