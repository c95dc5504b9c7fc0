#include "server/api/calls.h"

#include <utility>

#include "server/api/bad_request.h"
#include "server/api/guarded.h"
#include "server/api/parameters.h"

namespace dcount::api {
namespace {

/// ?consistency=stale
bool wants_stale(const http::Request& request) {
  if (request.http.params.empty()) return false;
  const auto consistency = Parameters(request).text("consistency");
  if (!consistency || *consistency == "linearizable") return false;
  if (*consistency == "stale") return true;
  malformed("'consistency' must be 'linearizable' or 'stale'");
}

http::CommandHandler handler(const CallRow& row, Context& context) {
  return [make = row.make, writes = row.writes, &context](http::Request&& request,
                                                          http::Responder responder) {
    guarded(responder, [&](http::Responder& owner) {
      Call call = make(request, context);
      if (writes) call.command.idempotency = idempotency(request, context.keys);
      call.command.stale = !writes && wants_stale(request);
      call.answer.keyed = call.command.idempotency.has_value();
      context.submit(std::move(call.command), std::move(call.answer), std::move(owner));
    });
  };
}

}  // namespace

Call call_for(const http::Request& request, core::CommandBody body, Answer::Render render,
              const char* kind, std::string subject) {
  Call call;
  call.command.body = std::move(body);
  call.answer.render = render;
  call.answer.ints = ints_of(request);
  call.answer.kind = kind;
  call.answer.subject = std::move(subject);
  return call;
}

void add_calls(http::RouteTable& routes, Context& context, std::span<const CallRow> rows) {
  for (const CallRow& row : rows) {
    // zemcounters' clients write a '/' at the end of some paths, people of all.
    for (const char* end : {"", "/"}) {
      http::Route route;
      route.method = row.method;
      route.pattern = std::string(row.pattern) + end;
      route.body_bytes_max = row.body_bytes_max;
      route.no_head = row.writes;
      route.scope = row.scope != nullptr ? row.scope : row.writes ? "write" : "read";
      route.command = handler(row, context);
      routes.add(std::move(route));
    }
  }
}

}  // namespace dcount::api
