#include "server/core/names.h"

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <charconv>
#include <system_error>

namespace dcount::core {
namespace {

constexpr std::size_t name_bytes_max = 128;
constexpr std::size_t token_bytes_max = 64;
constexpr std::size_t node_name_bytes_max = 64;
constexpr std::size_t address_bytes_max = 256;
constexpr int place_digits = 20;
constexpr int chunk_digits = 10;

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

constexpr bool is_id_char(char c) { return is_word(c) || c == '.' || c == '-'; }

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_utf8(std::string_view text) {
  using Utf8 = boost::locale::utf::utf_traits<char>;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const auto point = Utf8::decode(at, end);
    if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete) {
      return false;
    }
  }
  return true;
}

/// Padded with zeros, so that keys sort as their numbers do.
void append_number(std::string& key, std::uint64_t number, int digits) {
  const std::string text = std::to_string(number);
  key.append(static_cast<std::size_t>(digits) - text.size(), '0');
  key += text;
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

/// "<prefix><name>/"
std::string list_prefix(std::string_view prefix, std::string_view name) {
  std::string key(prefix);
  append_key_part(key, name);
  key += '/';
  return key;
}

/// What stands between the prefix and the next '/'.
std::string_view first_part(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return {};
  key.remove_prefix(prefix.size());
  return key.substr(0, key.find('/'));
}

std::string_view last_part(std::string_view key) { return key.substr(key.rfind('/') + 1); }

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

bool is_sequence_name(std::string_view name) { return is_counter_id(name); }

bool is_item_name(std::string_view name) {
  return !name.empty() && name.size() <= item_name_bytes_max && is_utf8(name);
}

bool is_token(std::string_view token) {
  return !token.empty() && token.size() <= token_bytes_max &&
         std::ranges::all_of(token, [](char c) { return is_word(c) || c == '-'; });
}

bool is_node_name(std::string_view name) {
  return !name.empty() && name.size() <= node_name_bytes_max &&
         std::ranges::all_of(name, is_id_char) && name != "." && name != "..";
}

bool is_key_id(std::string_view id) { return id.size() == 16 && is_hex(id); }

bool is_key_label(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  return is_item_name(name) && std::ranges::none_of(name, is_control);
}

bool is_package_id(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? id[i] != '-' : !is_hex(id.substr(i, 1))) return false;
  }
  return true;
}

bool is_sha256(std::string_view text) { return text.size() == 64 && is_hex(text); }

bool is_node_address(std::string_view address) {
  const auto is_printed = [](char c) { return c > ' ' && c <= '~'; };
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || address.size() > address_bytes_max) {
    return false;
  }
  const std::string_view port = address.substr(colon + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::all_of(address, is_printed) && std::ranges::all_of(port, is_digit) &&
         !port.empty() && port.size() <= 5 && number_of(port) >= 1 && number_of(port) <= 65535;
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

std::optional<std::string> decode_key_part(std::string_view text) {
  std::string part;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      part += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* const end = text.data() + std::min(text.size(), i + 3);
    const auto [stop, error] = std::from_chars(text.data() + i + 1, end, byte, 16);
    if (error != std::errc{} || stop != text.data() + i + 3) return std::nullopt;
    part += static_cast<char>(byte);
    i += 2;
  }
  std::string again;
  append_key_part(again, part);
  if (again != text) return std::nullopt;
  return part;
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

std::string sequence_key(std::string_view name) {
  std::string key(sequence_prefix);
  append_key_part(key, name);
  return key;
}

std::string_view sequence_name(std::string_view key) { return first_part(key, sequence_prefix); }

std::string reservation_list_prefix(std::string_view name) {
  return list_prefix(reservation_prefix, name);
}

std::string reservation_key(std::string_view name, std::string_view token) {
  std::string key = reservation_list_prefix(name);
  append_key_part(key, token);
  return key;
}

std::string_view name_of_reservation(std::string_view key) {
  return first_part(key, reservation_prefix);
}

std::string free_list_prefix(std::string_view name, std::int64_t born_ms) {
  return list_prefix(free_prefix, name) + std::to_string(born_ms) + '/';
}

std::string free_key(std::string_view name, std::int64_t born_ms, std::uint64_t place) {
  std::string key = free_list_prefix(name, born_ms);
  append_number(key, place, place_digits);
  return key;
}

std::uint64_t place_of_free(std::string_view key) { return number_of(last_part(key)); }

std::string purge_key(std::string_view name, std::int64_t born_ms) {
  return list_prefix(purge_prefix, name) + std::to_string(born_ms);
}

std::string node_key(std::string_view name) {
  std::string key(node_prefix);
  append_key_part(key, name);
  return key;
}

std::string alive_key(std::string_view name) {
  std::string key(alive_prefix);
  append_key_part(key, name);
  return key;
}

std::string_view node_name(std::string_view key) { return last_part(key); }

std::string tenant_key(std::string_view tenant) {
  std::string key(tenant_prefix);
  append_key_part(key, tenant);
  return key;
}

std::string_view tenant_part(std::string_view tenant_key) {
  return first_part(tenant_key, tenant_prefix);
}

std::string item_chunk_key(std::string_view tenant_part, std::uint64_t chunk) {
  std::string key(item_prefix);
  key += tenant_part;
  key += '/';
  append_number(key, chunk, chunk_digits);
  return key;
}

ItemChunkName item_chunk_name(std::string_view key) {
  return {first_part(key, item_prefix), number_of(last_part(key))};
}

std::string package_key(std::string_view record) {
  return std::string(package_prefix) + std::string(record);
}

std::string_view package_record(std::string_view key) { return first_part(key, package_prefix); }

std::string key_record_key(std::string_view id) {
  return std::string(key_prefix) + std::string(id);
}

std::string_view key_id(std::string_view key) { return first_part(key, key_prefix); }

std::string usage_key(std::string_view id) { return std::string(usage_prefix) + std::string(id); }

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
