#include "client/uri.h"

namespace dcount::client {
namespace {

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string percent_encode(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (char c : text) {
    if (unreserved(c)) {
      encoded += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += hex[byte >> 4];
      encoded += hex[byte & 15];
    }
  }
  return encoded;
}

void Query::add(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '?' : '&';
  text_ += percent_encode(name);
  text_ += '=';
  text_ += percent_encode(value);
}

void Query::add(std::string_view name, std::int64_t value) { add(name, std::to_string(value)); }

std::string page_query(std::size_t limit, std::string_view cursor) {
  Query query;
  query.add("limit", static_cast<std::int64_t>(limit));
  if (!cursor.empty()) query.add("cursor", cursor);
  return query.text();
}

}  // namespace dcount::client
