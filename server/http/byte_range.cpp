// One range out of a field, see byte_range.h.
#include "server/http/byte_range.h"

#include <strings.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace dcount::http {
namespace {

constexpr std::string_view unit = "bytes=";

std::string_view trimmed(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(start);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Digits only; more than 64 bits hold is as good as endless.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (most - digit) / 10 ? most : value * 10 + digit;
  }
  return value;
}

ByteRange part(std::uint64_t first, std::uint64_t bytes) {
  return {ByteRange::Kind::part, first, bytes};
}

/// "-5": the last five.
ByteRange last_bytes(std::string_view digits, std::uint64_t size) {
  const auto wanted = parse_position(digits);
  if (!wanted) return {};
  if (*wanted == 0) return {ByteRange::Kind::unsatisfiable};
  if (size == 0) return {};  // all there is, for which Content-Range has no form
  const std::uint64_t bytes = std::min(*wanted, size);
  return part(size - bytes, bytes);
}

}  // namespace

ByteRange choose_range(std::string_view range, std::string_view if_range, std::string_view etag,
                       std::uint64_t size) {
  if_range = trimmed(if_range);
  if (!if_range.empty() && (if_range != etag || !if_range.starts_with('"'))) return {};
  if (range.size() < unit.size() || ::strncasecmp(range.data(), unit.data(), unit.size()) != 0)
    return {};
  const std::string_view wanted = trimmed(range.substr(unit.size()));
  const std::size_t dash = wanted.find('-');
  if (dash == std::string_view::npos) return {};
  if (dash == 0) return last_bytes(wanted.substr(1), size);

  const auto first = parse_position(wanted.substr(0, dash));
  const std::string_view rest = wanted.substr(dash + 1);
  const auto last = rest.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_position(rest);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {ByteRange::Kind::unsatisfiable};
  return part(*first, std::min(*last, size - 1) - *first + 1);
}

}  // namespace dcount::http
