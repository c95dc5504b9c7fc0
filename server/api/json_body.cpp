#include "server/api/json_body.h"

#include <algorithm>
#include <cctype>

#include "server/api/bad_request.h"

namespace dcount::api {
namespace {

/// Counts brackets outside of strings: before anything is parsed, since copying or destroying what
/// is nested too deeply would use up the stack.
bool nested_deeper(std::string_view text, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > depth_max) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string json_fault(const nlohmann::json::exception& error) {
  // "[json.exception.parse_error.101] parse error at line 1, …": people need only the rest. It
  // quotes what was read last, which may be megabytes.
  constexpr std::size_t bytes_max = 200;
  const std::string_view what = error.what();
  return "the body is not JSON: " + std::string(what.substr(what.find("] ") + 2, bytes_max));
}

bool says_json(const http::Request& request) {
  const auto field = request.http.headers.find("Content-Type");
  if (field == request.http.headers.end()) return false;
  std::string type = field->second.substr(0, field->second.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  constexpr std::string_view json = "application/json";
  return std::ranges::equal(
      type, json, [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::optional<nlohmann::json> json_object_body(const http::Request& request) {
  if (request.http.body.empty() || !says_json(request)) return std::nullopt;
  if (nested_deeper(request.http.body, json_depth_max)) {
    malformed("the body is nested deeper than " + std::to_string(json_depth_max) + " levels");
  }
  nlohmann::json body;
  try {
    body = nlohmann::json::parse(request.http.body);
  } catch (const nlohmann::json::exception& error) {
    malformed(json_fault(error));
  }
  if (!body.is_object()) malformed("the body must be a JSON object");
  return body;
}

}  // namespace dcount::api
