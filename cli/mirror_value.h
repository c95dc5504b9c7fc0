// A value as SQLite keeps it, and the order of those that order a feed.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace dcount::cli {

/// Null, an integer, a real number, a text.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;

inline bool is_null(const SqlValue& value) { return std::holds_alternative<std::monostate>(value); }

/// Below zero when `a` is older, 0 when they are equal. Null is older than everything. Numbers
/// compare as numbers, exactly. Texts compare as people sort them: digits as one number ("5:999"
/// before "5:1000"), except behind a point, where they are a fraction ("7.25" before "7.5"). A
/// number compares with a text as its own text.
int compare_order(const SqlValue& a, const SqlValue& b);

/// As it stands in a URL or a message: null is "0", the beginning of a feed.
std::string order_text(const SqlValue& value);

}  // namespace dcount::cli
