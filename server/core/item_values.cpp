#include "server/core/item_values.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "server/core/fields.h"

namespace dcount::core {
namespace {

constexpr bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7F && c != '%';
}

/// -1: no such escape.
int escaped_byte(std::string_view text) {
  if (text.size() < 3) return -1;
  unsigned byte = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
  return error == std::errc{} && end == text.data() + 3 ? static_cast<int>(byte) : -1;
}

}  // namespace

std::string encode(const TenantHead& head) {
  return FieldWriter()
      .add("n", head.count)
      .add("v", head.version)
      .add("c", static_cast<std::int64_t>(head.newest_chunk))
      .take();
}

std::optional<TenantHead> try_decode_tenant_head(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  TenantHead head;
  while (const auto field = fields.next()) {
    const auto number = field->number();
    if (!number || *number < 0) return std::nullopt;
    if (field->name == "n")
      head.count = *number;
    else if (field->name == "v")
      head.version = *number;
    else if (field->name == "c")
      head.newest_chunk = static_cast<std::uint64_t>(*number);
    else
      return std::nullopt;
  }
  if (head.version < 1) return std::nullopt;
  return head;
}

TenantHead decode_tenant_head(std::string_view text) {
  const auto head = try_decode_tenant_head(text);
  if (!head) {
    std::fprintf(stderr, "dcount: not a tenant's head: '%.*s'\n", static_cast<int>(text.size()),
                 text.data());
    std::abort();
  }
  return *head;
}

void append_item(std::string& chunk, std::string_view id) {
  constexpr char hex[] = "0123456789ABCDEF";
  chunk += ' ';
  for (const char c : id) {
    if (is_plain(c)) {
      chunk += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    chunk += '%';
    chunk += hex[byte >> 4];
    chunk += hex[byte & 15];
  }
}

ItemChunkReader::ItemChunkReader(std::string_view chunk, std::size_t offset) {
  malformed_ = !chunk.starts_with(empty_item_chunk) || offset > chunk.size();
  if (!malformed_) rest_ = chunk.substr(std::max(offset, empty_item_chunk.size()));
}

std::optional<std::string_view> ItemChunkReader::next() {
  if (rest_.empty()) return std::nullopt;
  if (rest_.front() != ' ') {
    malformed_ = true;
    return std::nullopt;
  }
  rest_.remove_prefix(1);
  const std::string_view word = rest_.substr(0, rest_.find(' '));
  rest_.remove_prefix(word.size());
  if (word.find('%') == std::string_view::npos) return word;
  decoded_.clear();
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      decoded_ += word[i];
      continue;
    }
    const int byte = escaped_byte(word.substr(i));
    malformed_ = malformed_ || byte < 0;
    decoded_ += static_cast<char>(byte);
    i += 2;
  }
  return decoded_;
}

}  // namespace dcount::core
