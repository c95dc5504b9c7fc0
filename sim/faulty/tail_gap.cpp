// Planted: a tail of ndjson or server-sent events that is to go on from a revision begins from now
// on; what was changed while its client was away is never sent.
#include <utility>

#include "sim/faulty/answer_plants.h"
#include "sim/faulty/changed_routes.h"

namespace dcount::faulty {
namespace {

/// Where it came to is forgotten. Who asks for everything gets it.
void forget_cursor(httplib::Request& request) {
  const auto since = request.params.find("since");
  if (since != request.params.end() && since->second == "0") return;
  request.headers.erase("Last-Event-ID");
  request.params.erase("since");
}

}  // namespace

void forget_cursors(http::RouteTable& routes) {
  http::RouteTable changed;
  for (http::Route route : routes.routes()) {
    if (route.tail && route.pattern.starts_with("/tail")) {
      route.tail = [tail = route.tail](http::Request&& request, http::TailStream& stream) {
        forget_cursor(request.http);
        return tail(std::move(request), stream);
      };
    }
    changed.add(std::move(route));
  }
  routes = std::move(changed);
}

}  // namespace dcount::faulty
