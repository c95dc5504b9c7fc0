// What a handler gets: cpp-httplib's request, filled from a frame that was checked strictly before
// (framer.h), and the decoded captures of its route.
//
// Thread-safety: a plain value.
#pragma once

#include <httplib.h>

#include <string>
#include <vector>

namespace dcount::http {

static_assert(sizeof(httplib::Request) == 608, "httplib.h without PkgConfig::HTTPLIB's macros");

struct Request {
  /// method, target (as sent), path (without query, as sent), params (the query, decoded), headers
  /// (as sent, never percent-decoded), body (de-chunked), remote_addr, remote_port.
  httplib::Request http;
  /// The {parts} of the route's pattern in order, percent-decoded once.
  std::vector<std::string> captures;
  /// The X-Request-Id of the answer: the client's own when it sent a usable one.
  std::string id;
};

}  // namespace dcount::http
