// One port, three lanes: accepts connections, frames requests strictly, routes them, and answers in
// order. Knows nothing of counters.
//
// Thread-safety: start, drain and the destructor from one thread; the rest from any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "server/http/gate.h"
#include "server/http/limits.h"
#include "server/http/route_table.h"
#include "server/http/statistics.h"

namespace dcount::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: a free one, see Server::port
  std::size_t loops = 1;
  std::string spool_directory = "/tmp";  ///< for bodies that go through files
  /// Browsers' pages from this origin may call ("*": from any): OPTIONS is answered, and every
  /// answer says so. Empty: off.
  std::string cors_origin;
  Gate gate;  ///< empty: everybody may do everything
  Limits limits;
};

class Server {
 public:
  /// Ignores SIGPIPE process-wide (sendfile could raise it, and cpp-httplib does the same).
  /// Throws std::system_error when there are no descriptors left for its loops.
  Server(ServerOptions options, RouteTable routes);

  /// Cuts what is still open. Whoever holds Responders or EventLoops lets go of them before.
  ~Server();

  /// Binds and begins to serve. Returns what went wrong, for people ("port 8080 is taken …"), or
  /// an empty string. SO_REUSEADDR only: a second server on the port is an error.
  [[nodiscard]] std::string start();

  std::uint16_t port() const;
  std::size_t loops() const;

  /// Stops accepting, closes idle connections, answers what is in flight (with Connection: close),
  /// and returns when all are closed or `patience` is over; what is left is then cut.
  void drain(std::chrono::milliseconds patience);

  /// A reading of all loops' counters, a moment old.
  Statistics statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcount::http
