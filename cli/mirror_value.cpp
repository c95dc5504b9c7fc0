#include "cli/mirror_value.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace dcount::cli {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view digits_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(from, end - from);
}

std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

int compare_numbers(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

int compare_texts(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    bool fraction = i > 0 && a[i - 1] == '.';
    if (is_digit(a[i]) && is_digit(b[j]) && !fraction) {
      auto left = digits_at(a, i);
      auto right = digits_at(b, j);
      if (int order = compare_numbers(left, right); order != 0) return order;
      i += left.size();
      j += right.size();
    } else if (fraction && is_digit(a[i]) && is_digit(b[j])) {
      auto left = digits_at(a, i);
      auto right = digits_at(b, j);
      if (int order = left.compare(right); order != 0) return order;
      i += left.size();
      j += right.size();
    } else if (a[i] != b[j]) {
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
    } else {
      ++i;
      ++j;
    }
  }
  if (i < a.size() || j < b.size()) return i < a.size() ? 1 : -1;
  return a.compare(b);  // "7" and "007"
}

template <class Number>
int three_way(Number a, Number b) {
  return a < b ? -1 : static_cast<int>(b < a);
}

/// Exact for all of 64 bits, here and wherever a long double has as many.
long double wide(const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  return std::get<double>(value);
}

bool is_number(const SqlValue& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

}  // namespace

int compare_order(const SqlValue& a, const SqlValue& b) {
  if (is_null(a) || is_null(b)) return static_cast<int>(is_null(b)) - static_cast<int>(is_null(a));
  if (is_number(a) && is_number(b)) return three_way(wide(a), wide(b));
  return compare_texts(order_text(a), order_text(b));
}

std::string order_text(const SqlValue& value) {
  if (is_null(value)) return "0";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::array<char, 32> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::get<double>(value));
  return std::string(digits.data(), end.ptr);
}

}  // namespace dcount::cli
