#include "server/packages/header_parameters.h"

#include <algorithm>

namespace dcount::packages {
namespace {

bool is_token_char(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

/// What stands unquoted: tokens, and what people leave unquoted all the same ("/" in boundaries).
bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c != '\x7f' && c != '"' && c != ';' && c != '\\';
  });
}

/// Takes a quoted string off the front of `rest`, which begins with its quote.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string value;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\' && ++i == rest.size()) break;
    value += rest[i];
  }
  return std::nullopt;
}

/// Up to the next ';' and without spaces around.
std::string_view take_plain(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(';'), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end);
  return trimmed(taken);
}

}  // namespace

std::optional<std::string> HeaderValue::only(std::string_view name) const {
  const auto is_it = [&](const auto& parameter) { return parameter.first == name; };
  if (std::ranges::count_if(parameters, is_it) != 1) return std::nullopt;
  return std::ranges::find_if(parameters, is_it)->second;
}

std::optional<HeaderValue> parse_header_value(std::string_view text) {
  HeaderValue parsed;
  std::string_view rest = text;
  parsed.value = lower_case(take_plain(rest));
  if (!is_plain(parsed.value)) return std::nullopt;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the ';'
    rest = trimmed(rest);
    if (rest.empty() || rest.front() == ';') continue;  // "a; b=c;"
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = rest.substr(0, equals);
    if (name.empty() || !std::ranges::all_of(name, is_token_char)) return std::nullopt;
    rest.remove_prefix(equals + 1);
    std::optional<std::string> value;
    if (rest.starts_with('"')) {
      value = take_quoted(rest);
      if (!take_plain(rest).empty()) return std::nullopt;
    } else if (const auto plain = take_plain(rest); is_plain(plain)) {
      value = plain;
    }
    if (!value) return std::nullopt;
    parsed.parameters.emplace_back(lower_case(name), *std::move(value));
  }
  return parsed;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace dcount::packages
