// Writes responses, see response_writer.h.
#include "server/http/response_writer.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace dcount::http {
namespace {

using namespace std::string_view_literals;

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

bool is_ours(std::string_view name) {
  static constexpr std::array ours = {
      "connection"sv,        "content-length"sv, "date"sv,         "keep-alive"sv,
      "transfer-encoding"sv, "upgrade"sv,        "x-request-id"sv, "trailer"sv};
  return std::any_of(ours.begin(), ours.end(), [&](std::string_view our) {
    return our.size() == name.size() && ::strncasecmp(our.data(), name.data(), our.size()) == 0;
  });
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": "sv).append(value).append("\r\n"sv);
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

void DateLine::refresh(std::time_t now) {
  if (now == second_) return;
  second_ = now;
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[64];
  // No locale is ever set for time (LC_TIME stays "C"), so these are the names HTTP wants.
  text_.assign(text,
               std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts));
}

void append_response(std::string& out, const httplib::Response& response,
                     const AnswerFrame& frame) {
  const bool bodyless = has_no_body(response.status);
  if (response.status == 200) {
    out.append("HTTP/1.1 200 OK\r\n"sv);
  } else {
    out.append("HTTP/1.1 "sv);
    append_number(out, static_cast<std::uint64_t>(response.status));
    out.append(" "sv).append(reason_phrase(response.status)).append("\r\n"sv);
  }
  out.append(frame.date_line).append(frame.more_fields);
  append_field(out, "X-Request-Id"sv, frame.request_id);
  for (const auto& [name, value] : response.headers)
    if (!is_ours(name) && is_one_line(name) && is_one_line(value)) append_field(out, name, value);
  if (!bodyless) {
    out.append("Content-Length: "sv);
    append_number(out, frame.body_bytes.value_or(response.body.size()));
    out.append("\r\n"sv);
  }
  if (frame.close)
    out.append("Connection: close\r\n"sv);
  else if (frame.http10)
    out.append("Connection: keep-alive\r\n"sv);
  out.append("\r\n"sv);
  if (!bodyless && !frame.head && !frame.body_bytes) out.append(response.body);
}

}  // namespace dcount::http
