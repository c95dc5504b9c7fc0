#include "server/api/operations.h"

#include "server/api/metrics_text.h"
#include "server/http/problem.h"

namespace dcount::api {
namespace {

httplib::Response json_text(const char* body) {
  httplib::Response response;
  response.status = 200;
  response.set_header("Content-Type", "application/json");
  response.set_header("Cache-Control", "no-store");
  response.body = body;
  return response;
}

httplib::Response readiness(const OperationsContext& context) {
  const std::string why = why_not_ready(context);
  if (why.empty()) return json_text("{\"status\":\"ready\"}");
  return http::problem(503, "not_ready", why, http::Retryable::yes);
}

}  // namespace

std::string why_not_ready(const OperationsContext& context) {
  if (context.draining) return "the server is draining";
  switch (context.engine.status()) {
    case engine::Engine::Status::serving:
      // A server that others are not told of yet would be left out of what they count on.
      return context.joined ? context.engine.trouble() : "the server is starting";
    case engine::Engine::Status::restoring:
      return "a restore is not complete; when none is running, run it again with force";
    case engine::Engine::Status::failed:
      return context.engine.failure();
    case engine::Engine::Status::stopped:
      break;
  }
  return "the engine is not running";
}

void add_operations_routes(http::RouteTable& routes, const OperationsContext& context) {
  const auto add_command = [&](const char* pattern, auto answer) {
    http::Route route;
    route.method = "GET";
    route.pattern = pattern;
    route.scope = "";
    route.command = [answer](http::Request&&, http::Responder responder) {
      responder.send(answer());
    };
    routes.add(std::move(route));
  };
  add_command("/health", [] { return json_text("{\"status\":\"ok\"}"); });
  add_command("/livez", [] { return json_text("{\"status\":\"ok\"}"); });
  add_command("/readyz", [context] { return readiness(context); });

  http::Route metrics;
  metrics.method = "GET";
  metrics.pattern = "/metrics";
  metrics.scope = "read";
  metrics.service = [context](http::ServiceCall& call) {
    call.response.status = 200;
    call.response.set_content(metrics_text(context.http_statistics(), context.engine.statistics(),
                                           context.tails, context.packages()),
                              "text/plain; version=0.0.4; charset=utf-8");
  };
  routes.add(std::move(metrics));
}

}  // namespace dcount::api
