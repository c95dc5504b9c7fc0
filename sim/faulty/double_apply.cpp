// Planted: an Idempotency-Key means something only on the connection that it came on. A retry on
// the same one is told what was done, a retry on another one is done again.
#include <string>

#include "sim/faulty/answer_plants.h"
#include "sim/faulty/changed_routes.h"

namespace dcount::faulty {
namespace {

constexpr const char* key_field = "Idempotency-Key";

void make_connections_own(httplib::Request& request) {
  const auto field = request.headers.find(key_field);
  if (field == request.headers.end() || field->second.empty()) return;
  std::string key = field->second + "@" + std::to_string(request.remote_port);
  request.headers.erase(key_field);
  request.headers.emplace(key_field, std::move(key));
}

}  // namespace

void forget_keys_with_connections(http::RouteTable& routes) {
  change_handlers(routes, [&](const http::Route& route) -> http::CommandHandler {
    return [handler = route.command](http::Request&& request, http::Responder responder) {
      make_connections_own(request.http);
      handler(std::move(request), std::move(responder));
    };
  });
}

}  // namespace dcount::faulty
