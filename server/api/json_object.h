// A small JSON object written straight into a string: every answer on the hot path is one, with a
// handful of numbers in it. Names and strings given to it need no escaping (they are ours, or ids).
//
// Thread-safety: a plain value.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dcount::api {

/// Whether 64-bit integers are answered as numbers or, for readers whose numbers are doubles
/// (?ints=string), as strings.
enum class Ints { numbers, strings };

class JsonObject {
 public:
  explicit JsonObject(Ints ints) : ints_(ints) { text_.reserve(64); }

  JsonObject& add(std::string_view name, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    const std::string_view text(digits, static_cast<std::size_t>(end - digits));
    return ints_ == Ints::strings ? add_text(name, text) : add_raw(name, text);
  }
  JsonObject& add_flag(std::string_view name, bool flag) {
    return add_raw(name, flag ? "true" : "false");
  }
  JsonObject& add_text(std::string_view name, std::string_view text) {
    begin(name);
    text_ += '"';
    text_ += text;
    text_ += '"';
    return *this;
  }
  /// A list's "next": null when there is no further page.
  JsonObject& add_next(std::string_view cursor) {
    return cursor.empty() ? add_raw("next", "null") : add_text("next", cursor);
  }
  /// `json` is put in as it is.
  JsonObject& add_raw(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
    return *this;
  }

  std::string take() {
    text_ += text_.empty() ? "{}" : "}";
    return std::move(text_);
  }

 private:
  void begin(std::string_view name) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += name;
    text_ += "\":";
  }

  Ints ints_;
  std::string text_;
};

}  // namespace dcount::api
