#include "server/api/counters.h"

#include "server/api/bad_request.h"
#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/counter_answers.h"
#include "server/api/counter_input.h"
#include "server/api/numbers.h"
#include "server/api/parameters.h"
#include "server/api/prefixes.h"

namespace dcount::api {
namespace {

using http::Request;

Call call_on(const core::CounterId& id, core::CommandBody body, Answer::Render render,
             const Request& request) {
  id.collection.empty() ? check_unlimited(request) : check_name(request, id.collection);
  return call_for(request, std::move(body), render, "counter", id.collection + '/' + id.id);
}

// ---- one function a call: from the request to the command

Call create(const Request& request, const Context& context) {
  const Parameters parameters(request);
  core::CreateCounter body = create_input(parameters);
  body.counter = {collection_input(request.captures[0]), context.ids.next()};
  body.precondition = precondition(request, parameters);
  body.precondition.must_not_exist = true;  // the id is new
  Call call = call_on(body.counter, body, render_created, request);
  call.answer.subject = body.counter.collection;
  return call;
}

Call put(const Request& request, const Context&) {
  const Parameters parameters(request);
  core::CreateCounter body = create_input(parameters);
  body.counter = counter_input(request.captures[0], request.captures[1]);
  body.precondition = precondition(request, parameters);
  Call call = call_on(body.counter, body, render_created, request);
  return call;
}

Call read(const Request& request, const Context&) {
  const auto id = counter_input(request.captures[0], request.captures[1]);
  Call call = call_on(id, core::ReadCounter{id}, render_read, request);
  call.answer.if_none_match = if_none_match(request);
  return call;
}

Call add(const Request& request, const Context&) {
  const Parameters parameters(request);
  core::Add body = add_input(parameters);
  body.counter = counter_input(request.captures[0], request.captures[1]);
  body.precondition = precondition(request, parameters);
  return call_on(body.counter, body, render_added, request);
}

Call add_n(const Request& request, const Context&) {
  const Parameters parameters(request);
  if (parameters.integer("n")) malformed("'n' is given in the path and as a parameter");
  core::Add body = add_input(parameters);
  const auto n = parse_int(request.captures[2]);
  if (!n) malformed("'" + request.captures[2] + "' is no 64-bit integer");
  body.n = *n;
  body.counter = counter_input(request.captures[0], request.captures[1]);
  body.precondition = precondition(request, parameters);
  return call_on(body.counter, body, render_added, request);
}

Call reset(const Request& request, const Context&) {
  const Parameters parameters(request);
  const auto id = counter_input(request.captures[0], request.captures[1]);
  return call_on(id, core::Reset{id, precondition(request, parameters)}, render_reset, request);
}

Call remove(const Request& request, const Context&) {
  const Parameters parameters(request);
  const auto id = counter_input(request.captures[0], request.captures[1]);
  return call_on(id, core::Delete{id, precondition(request, parameters)}, render_deleted, request);
}

Call list(const Request& request, const Context&) {
  const Parameters parameters(request);
  core::ListCounters body;
  if (!request.captures.empty()) body.collection = collection_input(request.captures[0]);
  body.limit = parameters.limit();
  body.after = cursor_input(parameters.text("cursor").value_or(""));
  return call_on({body.collection, ""}, body, render_list, request);
}

}  // namespace

void add_counter_routes(http::RouteTable& routes, Context& context) {
  constexpr CallRow rows[] = {
      {"GET", "/cnt", list, false},
      {"GET", "/cnt/{collection}", list, false},
      {"POST", "/cnt/{collection}", create, true},
      {"GET", "/cnt/{collection}/{id}", read, false},
      {"PUT", "/cnt/{collection}/{id}", put, true},
      {"POST", "/cnt/{collection}/{id}", add, true},
      {"DELETE", "/cnt/{collection}/{id}", remove, true},
      {"POST", "/cnt/{collection}/{id}/reset", reset, true},
      {"POST", "/cnt/{collection}/{id}/{n}", add_n, true},
  };
  add_calls(routes, context, rows);
}

}  // namespace dcount::api
