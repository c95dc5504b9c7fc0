// Conditional and partial answers, see file_answer.h.
#include "server/http/file_answer.h"

#include <algorithm>
#include <string>

#include "server/http/byte_range.h"
#include "server/http/problem.h"

namespace dcount::http {
namespace {

/// The field's value; empty also when it is there more than once, which has no meaning.
std::string_view only(const httplib::Request& request, const char* name) {
  const auto [field, end] = request.headers.equal_range(name);
  return field == end || std::next(field) != end ? std::string_view{} : field->second;
}

bool is_known_to_client(const httplib::Request& request, std::string_view etag) {
  const auto [begin, end] = request.headers.equal_range("If-None-Match");
  return std::any_of(begin, end, [&](const auto& field) { return names_etag(field.second, etag); });
}

httplib::Response head(int status, std::string_view etag) {
  httplib::Response response;
  response.status = status;
  response.set_header("ETag", std::string(etag));
  return response;
}

std::string content_range(const ByteRange& part, std::uint64_t size) {
  return "bytes " + std::to_string(part.first) + "-" + std::to_string(part.first + part.bytes - 1) +
         "/" + std::to_string(size);
}

}  // namespace

bool names_etag(std::string_view list, std::string_view etag) {
  if (list == "*") return true;
  for (;;) {
    list.remove_prefix(std::min(list.find_first_not_of(", \t"), list.size()));
    if (list.starts_with("W/")) list.remove_prefix(2);
    if (!list.starts_with('"')) return false;
    const std::size_t end = list.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == etag) return true;
    list.remove_prefix(end + 1);
  }
}

FileAnswer answer_with_file(const httplib::Request& request, std::string_view etag,
                            std::uint64_t size) {
  FileAnswer answer;
  if (is_known_to_client(request, etag)) {
    answer.response = head(304, etag);
    return answer;
  }
  ByteRange range;
  // Nothing but GET has ranges (RFC 9110 14.2). Of two If-Range none can be right.
  if (request.method == "GET" && request.get_header_value_count("If-Range") <= 1)
    range = choose_range(only(request, "Range"), only(request, "If-Range"), etag, size);
  switch (range.kind) {
    case ByteRange::Kind::whole:
      answer.response = head(200, etag);
      answer.bytes = size;
      break;
    case ByteRange::Kind::part:
      answer.response = head(206, etag);
      answer.response.set_header("Content-Range", content_range(range, size));
      answer.first = range.first;
      answer.bytes = range.bytes;
      break;
    case ByteRange::Kind::unsatisfiable:
      answer.response =
          problem(416, "range_not_satisfiable", "there are " + std::to_string(size) + " bytes");
      answer.response.set_header("Content-Range", "bytes */" + std::to_string(size));
      break;
  }
  answer.response.set_header("Accept-Ranges", "bytes");
  answer.sends_file = range.kind != ByteRange::Kind::unsatisfiable;
  return answer;
}

}  // namespace dcount::http
