// What a handler gets: cpp-httplib's request, filled from a frame that was checked strictly before
// (framer.h), and the decoded captures of its route.
//
// Thread-safety: a plain value.
#pragma once

#include <httplib.h>

#include <memory>
#include <string>
#include <vector>

namespace dcount::http {

static_assert(sizeof(httplib::Request) == 608, "httplib.h without PkgConfig::HTTPLIB's macros");

/// Who asks, as the gate has found out (gate.h): whoever makes the gate derives from it, and knows
/// what it is.
class Caller {
 public:
  virtual ~Caller() = default;
  /// It may do nothing any more: tails that it has open are ended, within a second. Any thread.
  virtual bool has_ended() const { return false; }
};

struct Request {
  /// method, target (as sent), path (without query, as sent), params (the query, decoded), headers
  /// (as sent, never percent-decoded), body (de-chunked), remote_addr, remote_port.
  httplib::Request http;
  /// The {parts} of the route's pattern in order, percent-decoded once.
  std::vector<std::string> captures;
  /// The X-Request-Id of the answer: the client's own when it sent a usable one.
  std::string id;
  /// Null without a gate.
  std::shared_ptr<const Caller> caller;
};

}  // namespace dcount::http
