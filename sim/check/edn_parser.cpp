// EDN, as far as histories use it: maps, vectors, lists, sets, keywords, symbols, strings, numbers,
// characters, nil, true, false; tags are skipped, and so is what #_ discards.
#include <algorithm>
#include <charconv>
#include <deque>

#include "sim/check/record_parser.h"

namespace dcount::check {
namespace {

constexpr std::size_t depth_max = 64;

bool is_space(char c) { return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n'; }

bool ends_token(char c) {
  return is_space(c) || c == '{' || c == '}' || c == '[' || c == ']' || c == '(' || c == ')' ||
         c == '"' || c == ';';
}

class EdnParser final : public RecordParser {
 public:
  std::string parse(std::string_view text, Record& record) override;

 private:
  bool fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return false;
  }
  void skip();
  bool parse_value(Value& value, std::size_t depth);
  bool parse_list(Value& value, char end, std::size_t depth);
  bool parse_text(Value& value);
  bool parse_dispatch(Value& value, std::size_t depth);
  bool parse_token(Value& value);
  bool parse_number(std::string_view token, Value& value);

  std::string_view rest_;
  std::deque<std::string> texts_;  ///< those with escapes
  std::string error_;
};

void EdnParser::skip() {
  while (!rest_.empty()) {
    if (rest_[0] == ';') {
      rest_.remove_prefix(std::min(rest_.size(), rest_.find('\n')));
    } else if (is_space(rest_[0])) {
      rest_.remove_prefix(1);
    } else {
      return;
    }
  }
}

bool EdnParser::parse_value(Value& value, std::size_t depth) {
  skip();
  if (rest_.empty()) return fail("no EDN: a value is missing");
  if (depth > depth_max) return fail("no EDN: it is too deep");
  switch (rest_[0]) {
    case '{':
      rest_.remove_prefix(1);
      value.kind = Value::Kind::map;
      if (!parse_list(value, '}', depth)) return false;
      return value.list.size() % 2 == 0 || fail("no EDN: a map with a name and no value");
    case '[':
    case '(': {
      char end = rest_[0] == '[' ? ']' : ')';
      rest_.remove_prefix(1);
      value.kind = Value::Kind::list;
      return parse_list(value, end, depth);
    }
    case '"':
      return parse_text(value);
    case '#':
      return parse_dispatch(value, depth);
    default:
      return parse_token(value);
  }
}

bool EdnParser::parse_list(Value& value, char end, std::size_t depth) {
  for (;;) {
    skip();
    if (rest_.empty()) return fail(std::string("no EDN: '") + end + "' is missing");
    if (rest_[0] == end) {
      rest_.remove_prefix(1);
      return true;
    }
    if (rest_.substr(0, 2) == "#_") {
      rest_.remove_prefix(2);
      Value discarded;
      if (!parse_value(discarded, depth + 1)) return false;
      continue;
    }
    if (!parse_value(value.list.emplace_back(), depth + 1)) return false;
  }
}

bool EdnParser::parse_text(Value& value) {
  value.kind = Value::Kind::text;
  std::size_t i = 1;
  bool escapes = false;
  for (; i < rest_.size() && rest_[i] != '"'; ++i) {
    if (rest_[i] == '\\') {
      escapes = true;
      ++i;
    }
  }
  if (i >= rest_.size()) return fail("no EDN: a text has no end");
  value.text = rest_.substr(1, i - 1);
  rest_.remove_prefix(i + 1);
  if (!escapes) return true;
  std::string& text = texts_.emplace_back();
  for (std::size_t k = 0; k < value.text.size(); ++k) {
    char c = value.text[k];
    if (c == '\\') {
      c = value.text[++k];
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    text += c;
  }
  value.text = text;
  return true;
}

/// Sets, and tags before a value.
bool EdnParser::parse_dispatch(Value& value, std::size_t depth) {
  rest_.remove_prefix(1);
  if (!rest_.empty() && rest_[0] == '{') {
    rest_.remove_prefix(1);
    value.kind = Value::Kind::list;
    return parse_list(value, '}', depth);
  }
  while (!rest_.empty() && !ends_token(rest_[0])) rest_.remove_prefix(1);
  return parse_value(value, depth + 1);
}

bool EdnParser::parse_number(std::string_view token, Value& value) {
  if (token.back() == 'N' || token.back() == 'M') token.remove_suffix(1);
  if (!token.empty() && token[0] == '+') token.remove_prefix(1);
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value.integer);
  bool whole = error == std::errc() && end == token.data() + token.size();
  value.kind = whole ? Value::Kind::integer : Value::Kind::real;
  bool real = token.find_first_not_of("0123456789+-.eE/") == std::string_view::npos;
  return whole || real || fail("no EDN: '" + std::string(token) + "'");
}

bool EdnParser::parse_token(Value& value) {
  // Whatever follows a backslash is that character.
  std::size_t size = rest_[0] == '\\' ? std::min<std::size_t>(2, rest_.size()) : 0;
  while (size < rest_.size() && !ends_token(rest_[size])) ++size;
  if (size == 0) return fail(std::string("no EDN: '") + rest_[0] + "' that nothing opened");
  std::string_view token = rest_.substr(0, size);
  rest_.remove_prefix(size);
  value.kind = Value::Kind::text;
  value.text = token;
  if (token[0] == ':') {
    value.text.remove_prefix(1);
  } else if (token == "nil") {
    value.kind = Value::Kind::null;
  } else if (token == "true" || token == "false") {
    value.kind = Value::Kind::boolean;
    value.integer = token == "true" ? 1 : 0;
  } else {
    bool sign = token.size() > 1 && (token[0] == '-' || token[0] == '+');
    char first = token[sign ? 1 : 0];
    if (first >= '0' && first <= '9') return parse_number(token, value);
  }
  return true;
}

std::string EdnParser::parse(std::string_view text, Record& record) {
  rest_ = text;
  texts_.clear();
  error_.clear();
  Value map;
  if (!parse_value(map, 0)) return error_;
  skip();
  if (!rest_.empty()) return "no EDN: something follows";
  if (!map.is(Value::Kind::map)) return "not a map";
  for (std::size_t i = 0; i + 1 < map.list.size(); i += 2) {
    if (Value* slot = record.slot(map.list[i].text)) *slot = std::move(map.list[i + 1]);
  }
  return "";
}

}  // namespace

std::unique_ptr<RecordParser> make_edn_parser() { return std::make_unique<EdnParser>(); }

}  // namespace dcount::check
