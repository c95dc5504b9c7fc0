#include "client/item.h"

#include <utility>

namespace dcount::client {
namespace {

/// As JSON has it: quotes, backslashes and control characters escaped, all else as it is.
void append_text(std::string& json, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  json += '"';
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      json += "\\u00";
      json += hex[byte >> 4];
      json += hex[byte & 15];
    } else {
      if (c == '"' || c == '\\') json += '\\';
      json += c;
    }
  }
  json += '"';
}

}  // namespace

bool ItemBody::add(std::string_view id, std::string_view tenant) {
  if (size_ == items_max) return false;
  std::size_t before = text_.size();
  text_ += size_ == 0 ? R"([{"id":)" : R"(,{"id":)";
  append_text(text_, id);
  text_ += R"(,"tenant":)";
  append_text(text_, tenant);
  text_ += '}';
  if (text_.size() + 1 > item_body_bytes_max) {
    text_.resize(before);
    return false;
  }
  ++size_;
  return true;
}

std::string ItemBody::take() {
  std::string body = std::exchange(text_, {});
  body += size_ == 0 ? "[]" : "]";
  size_ = 0;
  return body;
}

}  // namespace dcount::client
