#include "server/api/json_body.h"

#include <algorithm>
#include <cctype>

#include "server/api/bad_request.h"

namespace dcount::api {

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
  bool too_deep = false;
  const auto limit_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    too_deep = too_deep || depth > json_depth_max;
    return !too_deep;
  };
  nlohmann::json body;
  try {
    body = nlohmann::json::parse(request.http.body, limit_depth);
  } catch (const nlohmann::json::exception& error) {
    malformed(std::string("the body is not JSON: ") + error.what());
  }
  if (too_deep) {
    malformed("the body is nested deeper than " + std::to_string(json_depth_max) + " levels");
  }
  if (!body.is_object()) malformed("the body must be a JSON object");
  return body;
}

}  // namespace dcount::api
