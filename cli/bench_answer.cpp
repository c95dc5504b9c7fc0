// See bench_answer.h. No regular expressions, no allocation: this runs once per answer.
#include "cli/bench_answer.h"

#include <charconv>

namespace dcount::cli::bench {
namespace {

constexpr Answer malformed{.state = Answer::State::malformed};

/// The whole of `text` as a decimal number.
template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// If `line` is the field `name` (in lower case), its value without the blanks around it.
std::optional<std::string_view> field(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = line[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != name[i]) return std::nullopt;
  }
  line.remove_prefix(name.size() + 1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

Answer unfinished(std::string_view bytes) {
  return bytes.size() > answer_bytes_max ? malformed : Answer{};
}

Answer parse_http(std::string_view bytes) {
  constexpr std::string_view version = "HTTP/1.";
  constexpr std::size_t status_at = 9;
  if (bytes.substr(0, version.size()) != version.substr(0, bytes.size())) return malformed;
  std::size_t line_begin = bytes.find('\n');
  if (line_begin == std::string_view::npos) return unfinished(bytes);
  if (line_begin++ < status_at + 3) return malformed;
  const auto status = number<int>(bytes.substr(status_at, 3));
  if (!status || *status < 200) return malformed;

  Answer answer{.status = *status};
  answer.good = *status < 300;
  answer.close = bytes[version.size()] == '0';
  std::optional<std::size_t> length;
  if (*status == 204 || *status == 304) length = 0;
  for (;;) {
    const std::size_t line_end = bytes.find('\n', line_begin);
    if (line_end == std::string_view::npos) return unfinished(bytes);
    if (line_end == line_begin || bytes[line_end - 1] != '\r') return malformed;
    const std::string_view line = bytes.substr(line_begin, line_end - 1 - line_begin);
    line_begin = line_end + 1;
    if (line.empty()) break;
    if ((line.front() | 0x20) != 'c') continue;  // the two fields that matter
    if (const auto value = field(line, "content-length")) {
      length = number<std::size_t>(*value);
      if (!length || *length > answer_bytes_max) return malformed;
    } else if (const auto token = field(line, "connection")) {
      if (*token == "close" || *token == "Close") answer.close = true;
      if (answer.close && (*token == "keep-alive" || *token == "Keep-Alive")) answer.close = false;
    }
  }
  if (!length) return malformed;
  answer.size = line_begin + *length;
  if (bytes.size() < answer.size) return unfinished(bytes);
  answer.state = Answer::State::complete;
  answer.body = bytes.substr(line_begin, *length);
  return answer;
}

Answer parse_redis(std::string_view bytes) {
  const std::size_t line_end = bytes.find('\n');
  if (line_end == std::string_view::npos) return unfinished(bytes);
  if (line_end < 2 || bytes[line_end - 1] != '\r') return malformed;
  Answer answer{.state = Answer::State::complete, .good = true, .size = line_end + 1};
  answer.body = bytes.substr(1, line_end - 2);
  switch (bytes.front()) {
    case '-':
      answer.good = false;
      return answer;
    case '+':
    case ':':
      return answer;
    case '$':
      break;
    default:
      return malformed;
  }
  const auto length = number<std::int64_t>(answer.body);
  if (!length || *length < -1 || *length > static_cast<std::int64_t>(answer_bytes_max)) {
    return malformed;
  }
  answer.body = {};
  if (*length == -1) return answer;
  const std::size_t size = static_cast<std::size_t>(*length);
  if (bytes.size() < answer.size + size + 2) return unfinished(bytes);
  answer.body = bytes.substr(answer.size, size);
  answer.size += size + 2;
  return answer;
}

}  // namespace

Answer parse_answer(Protocol protocol, std::string_view bytes) {
  return protocol == Protocol::http ? parse_http(bytes) : parse_redis(bytes);
}

std::string error_label(const Answer& answer) {
  if (answer.status != 0) return std::to_string(answer.status);
  constexpr std::size_t label_bytes_max = 32;
  return std::string(answer.body.substr(0, answer.body.find(' ')).substr(0, label_bytes_max));
}

std::optional<std::int64_t> value_of(Protocol protocol, const Answer& answer) {
  if (answer.status == 404) return 0;
  if (!answer.good) return std::nullopt;
  std::string_view text = answer.body;
  if (protocol == Protocol::redis) return text.empty() ? 0 : number<std::int64_t>(text);
  std::string_view name = "\"n\":";
  std::size_t at = text.find(name);
  if (at == std::string_view::npos) at = text.find(name = "\"count\":");
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + name.size());
  while (!text.empty() && (text.front() == ' ' || text.front() == '"')) text.remove_prefix(1);
  std::size_t digits = !text.empty() && text.front() == '-' ? 1 : 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  return number<std::int64_t>(text.substr(0, digits));
}

}  // namespace dcount::cli::bench
