#include "server/api/conditions.h"

#include "server/api/bad_request.h"
#include "server/api/numbers.h"

namespace dcount::api {
namespace {

// No record ever has this version: a tag that is none of ours matches nothing.
constexpr std::int64_t no_version = -1;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::int64_t version_of_tag(std::string_view tag) {
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return no_version;
  const auto version = parse_int(tag.substr(1, tag.size() - 2));
  return version && *version >= 0 ? *version : no_version;
}

}  // namespace

std::string etag(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

core::Precondition precondition(const http::Request& request, const Parameters& parameters) {
  core::Precondition wanted;
  wanted.version = parameters.if_version();
  const auto& headers = request.http.headers;
  if (const auto field = headers.find("If-Match"); field != headers.end()) {
    const auto tag = trimmed(field->second);
    if (tag == "*") {
      wanted.must_exist = true;
    } else {
      if (tag.find(',') != std::string_view::npos || headers.count("If-Match") > 1) {
        malformed("If-Match takes one ETag: a record has one version at a time");
      }
      const std::int64_t version = version_of_tag(tag);
      const bool contradicts = wanted.version && *wanted.version != version;
      wanted.version = contradicts ? no_version : version;
    }
  }
  if (request.http.method == "GET") return wanted;
  if (const auto field = headers.find("If-None-Match"); field != headers.end()) {
    if (trimmed(field->second) != "*")
      malformed("If-None-Match takes only * on a call that writes");
    wanted.must_not_exist = true;
  }
  return wanted;
}

void refuse_conditions(const http::Request& request, const std::string& reason) {
  for (const char* condition : {"If-Match", "If-None-Match"}) {
    if (request.http.has_header(condition)) malformed(std::string(condition) + ' ' + reason);
  }
}

std::string if_none_match(const http::Request& request) {
  const auto field = request.http.headers.find("If-None-Match");
  return field == request.http.headers.end() ? "" : field->second;
}

bool etag_list_has(std::string_view list, std::int64_t version) {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto tag = trimmed(list.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);  // weak comparison, RFC 9110 13.1.2
    if (version_of_tag(tag) == version) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace dcount::api
