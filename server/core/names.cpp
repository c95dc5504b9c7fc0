#include "server/core/names.h"

#include <algorithm>

namespace dcount::core {
namespace {

constexpr std::size_t name_bytes_max = 128;

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

constexpr bool is_id_char(char c) { return is_word(c) || c == '.' || c == '-'; }

}  // namespace

bool is_collection_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max && std::ranges::all_of(name, is_word);
}

bool is_counter_id(std::string_view id) {
  if (id.empty() || id.size() > name_bytes_max || !std::ranges::all_of(id, is_id_char)) {
    return false;
  }
  return id != "." && id != ".." && id != "reset" && id != "batch";
}

void append_key_part(std::string& key, std::string_view part) {
  constexpr char hex[] = "0123456789ABCDEF";
  const bool only_dots = part == "." || part == "..";
  for (const char c : part) {
    if (is_id_char(c) && !only_dots) {
      key += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      key += '%';
      key += hex[byte >> 4];
      key += hex[byte & 15];
    }
  }
}

std::string counter_key(std::string_view collection, std::string_view id) {
  std::string key;
  key.reserve(counter_prefix.size() + collection.size() + 1 + id.size());
  key += counter_prefix;
  append_key_part(key, collection);
  key += '/';
  append_key_part(key, id);
  return key;
}

std::string counter_list_prefix(std::string_view collection) {
  std::string prefix(counter_prefix);
  if (!collection.empty()) {
    append_key_part(prefix, collection);
    prefix += '/';
  }
  return prefix;
}

CounterName counter_name(std::string_view key) {
  if (!key.starts_with(counter_prefix)) return {};
  key.remove_prefix(counter_prefix.size());
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return {};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

std::string idempotency_key(std::string_view digest) {
  std::string key(idempotency_prefix);
  append_key_part(key, digest);
  return key;
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace dcount::core
