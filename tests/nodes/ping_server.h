// A server on a free loopback port that answers GET /capi/ping as it is told.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "server/http/server.h"

namespace dcount::nodes {

using namespace std::chrono_literals;

class PingServer {
 public:
  using Body = std::function<std::string()>;

  using Seen = std::function<void(const http::Request&)>;

  explicit PingServer(Body body, int status = 200, Seen seen = {})
      : server_(options(), routes(body, status, seen)) {
    EXPECT_EQ(server_.start(), "");
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }

 private:
  static http::ServerOptions options() {
    http::ServerOptions options;
    options.port = 0;
    return options;
  }
  static http::RouteTable routes(const Body& body, int status, const Seen& seen) {
    http::Route route;
    route.method = "GET";
    route.pattern = "/capi/ping";
    route.command = [body, status, seen](http::Request&& request, http::Responder responder) {
      if (seen) seen(request);
      httplib::Response response;
      response.status = status;
      response.set_content(body(), "application/json");
      responder.send(std::move(response));
    };
    http::RouteTable routes;
    routes.add(std::move(route));
    return routes;
  }

  http::Server server_;
};

inline std::string pong(const std::string& node, std::int64_t unix_ms) {
  return "{\"node\":\"" + node + "\",\"unix_ms\":" + std::to_string(unix_ms) + "}";
}

/// Polls until `condition` holds; false when it does not within 20 s.
template <class Condition>
bool soon(Condition condition) {
  for (auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(1ms)) {
    if (condition()) return true;
  }
  return false;
}

}  // namespace dcount::nodes
