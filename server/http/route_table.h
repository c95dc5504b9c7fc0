// Which handler answers a method and path, and on which lane: commands never block, services may
// block, tails never end.
//
// Thread-safety: filled before the server starts, read-only afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/request.h"
#include "server/http/responder.h"
#include "server/http/service_call.h"
#include "server/http/tail_stream.h"

namespace dcount::http {

/// Runs on the connection's loop and must not block: it hands its work on and returns; the answer
/// comes through the responder, later, from wherever.
using CommandHandler = std::function<void(Request&& request, Responder responder)>;

/// Runs on a bounded pool of workers and may block on disks and locks, never on the client.
using ServiceHandler = std::function<void(ServiceCall& call)>;

struct Route {
  std::string method;      ///< "GET" also answers HEAD, unless no_head
  std::string pattern;     ///< "/cnt/{collection}/{id}"; a {part} is one segment, never empty
  CommandHandler command;  ///< one of the three is set
  ServiceHandler service;
  TailHandler tail;  ///< tail_stream.h
  std::uint64_t body_bytes_max = std::uint64_t{1} << 20;
  bool spool_body =
      false;             ///< service lane: the body goes to a file; Content-Length required (411)
  bool no_head = false;  ///< the GET changes state: HEAD is 405
  /// The answer takes as long as it takes: no 504, and nothing behind the request is read before
  /// it is answered. (Services always are.)
  bool patient = false;
  std::string scope = "admin";  ///< what a caller needs, in the gate's words; the narrowest
};

struct RouteMatch {
  const Route* route = nullptr;       ///< null: no such path, or not with this method
  std::vector<std::string> captures;  ///< decoded
  std::string allow;  ///< for a known path with another method: "GET, HEAD, POST" (405)
};

class RouteTable {
 public:
  RouteTable();
  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;
  ~RouteTable();

  /// Literal segments win over {parts}; one more trailing "/" than the pattern has is another path.
  /// A route that is already there is a programmer's error and aborts.
  void add(Route route);

  enum class Status { found, not_found, method_not_allowed, malformed };

  /// `path` is the raw path without query. It is split at '/' first and each segment is decoded
  /// once, so that an encoded slash stays inside its segment. malformed: a bad %-escape or a NUL.
  Status match(std::string_view method, std::string_view path, RouteMatch& match) const;

  /// In the order they were added: the stable index of a route is its place here (for statistics).
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node;

  bool visit(const Node& node, std::string_view method, std::string_view rest,
             RouteMatch& match) const;

  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;  ///< the patterns as a tree of segments
};

}  // namespace dcount::http
