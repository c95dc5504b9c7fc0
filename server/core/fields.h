// The text form of every stored value: a format version, then fields, "1 n=8 v=9 max=10".
// etcdctl and ldb show it as it is, and a newer format is told from ours by its first word.
//
// Thread-safety: plain values. Field names are [a-z]+, values hold no space.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace dcount::core {

class FieldWriter {
 public:
  FieldWriter() : text_("1") {}

  FieldWriter& add(std::string_view name, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return add(name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

  FieldWriter& add(std::string_view name, std::string_view word) {
    text_ += ' ';
    text_ += name;
    text_ += '=';
    text_ += word;
    return *this;
  }

  /// A field without a value: it is there or not.
  FieldWriter& flag(std::string_view name) {
    text_ += ' ';
    text_ += name;
    return *this;
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Goes over the fields in their order. `malformed` is true from the start for text that is not of
/// this format, and next then yields nothing.
class FieldReader {
 public:
  struct Field {
    std::string_view name;
    std::string_view word;  ///< empty for a flag

    /// nullopt when the word is no int64.
    std::optional<std::int64_t> number() const {
      std::int64_t value = 0;
      const char* end = word.data() + word.size();
      const auto [stop, error] = std::from_chars(word.data(), end, value);
      if (error != std::errc{} || stop != end || word.empty()) return std::nullopt;
      return value;
    }
  };

  explicit FieldReader(std::string_view text) : rest_(text) {
    malformed_ = !(rest_.starts_with("1") && (rest_.size() == 1 || rest_[1] == ' '));
    rest_ = malformed_ ? std::string_view{} : rest_.substr(1);
  }

  bool malformed() const { return malformed_; }

  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    rest_.remove_prefix(1);
    const auto field = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(field.size());
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return Field{field, {}};
    return Field{field.substr(0, equals), field.substr(equals + 1)};
  }

 private:
  std::string_view rest_;
  bool malformed_ = false;
};

}  // namespace dcount::core
