// Routing, refusals, the gate: see admission.h.
#include "server/http/admission.h"

#include <utility>

#include "server/http/problem.h"

namespace dcount::http {
namespace {

/// Of a request that is refused: read and dropped, so that the connection can go on.
constexpr std::uint64_t refused_body_bytes_max = 1 << 20;

/// What a browser asks before it sends a page's request (fetch.spec.whatwg.org, CORS).
httplib::Response preflight(const std::string& methods) {
  httplib::Response response;
  response.status = 204;
  response.set_header("Access-Control-Allow-Methods", methods);
  response.set_header("Access-Control-Allow-Headers",
                      "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                      "Last-Event-ID, X-API-Key, X-Request-Id");
  response.set_header("Access-Control-Max-Age", "600");
  return response;
}

Admission refused(httplib::Response response, bool is_last) {
  Admission admission;
  admission.refusal = std::make_unique<httplib::Response>(std::move(response));
  admission.is_last = is_last;
  admission.body_bytes_max = refused_body_bytes_max;
  return admission;
}

httplib::Response body_too_large(std::uint64_t bytes_max) {
  return problem(413, "body_too_large",
                 "a body here has at most " + std::to_string(bytes_max) + " bytes");
}

std::optional<httplib::Response> ask(const Gate& gate, const Route& route, Request& request) {
  if (!gate) return std::nullopt;
  try {
    return gate(route, request);
  } catch (...) {
    return problem(500, "internal", "it could not be found out whether this is allowed");
  }
}

/// No route takes it.
Admission without_route(RouteTable::Status status, const RouteMatch& match, bool cors,
                        const Request& request, std::uint64_t body_bytes) {
  if (status == RouteTable::Status::malformed)
    return refused(problem(400, "malformed", "the path has a bad %-escape"), true);
  if (body_bytes > refused_body_bytes_max)
    return refused(body_too_large(refused_body_bytes_max), true);
  if (status == RouteTable::Status::not_found)
    return refused(problem(404, "not_found", "nothing has this path"), false);
  if (request.http.method == "OPTIONS" && cors) return refused(preflight(match.allow), false);
  httplib::Response response = problem(405, "method_not_allowed", "this path takes " + match.allow);
  response.set_header("Allow", match.allow);
  return refused(std::move(response), false);
}

}  // namespace

Admission admit(const AdmissionRules& rules, Request& request, const FrameHead& head) {
  const std::uint64_t body_bytes = head.content_length.value_or(0);
  RouteMatch match;
  const auto status = rules.routes.match(request.http.method, request.http.path, match);
  if (status != RouteTable::Status::found)
    return without_route(status, match, rules.cors, request, body_bytes);

  const Route& route = *match.route;
  request.captures = std::move(match.captures);
  if (auto refusal = ask(rules.gate, route, request))
    return refused(std::move(*refusal), head.chunked || body_bytes > refused_body_bytes_max);
  if (body_bytes > route.body_bytes_max) return refused(body_too_large(route.body_bytes_max), true);
  if (route.spool_body && !head.content_length)
    return refused(problem(411, "length_required", "a body here needs a Content-Length"), true);

  Admission admission;
  admission.route = &route;
  admission.body_bytes_max = route.body_bytes_max;
  return admission;
}

}  // namespace dcount::http
