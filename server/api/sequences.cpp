#include "server/api/sequences.h"

#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/prefixes.h"
#include "server/api/sequence_answers.h"
#include "server/api/sequence_input.h"

namespace dcount::api {
namespace {

using http::Request;

Call call_on(const std::string& name, core::CommandBody body, Answer::Render render,
             const Request& request, const Context& context) {
  name.empty() ? check_unlimited(request) : check_name(request, name);
  Call call = call_for(request, std::move(body), render, "sequence", name);
  call.answer.servers = context.servers();
  return call;
}

Call define(const Request& request, const Context& context) {
  const Parameters parameters(request);
  const auto name = sequence_input(request.captures[0]);
  const core::DefineSequence body{name, definition_input(parameters),
                                  precondition(request, parameters)};
  return call_on(name, body, render_sequence_defined, request, context);
}

Call read(const Request& request, const Context& context) {
  const auto name = sequence_input(request.captures[0]);
  Call call = call_on(name, core::ReadSequence{name}, render_sequence_read, request, context);
  call.answer.if_none_match = if_none_match(request);
  return call;
}

Call remove(const Request& request, const Context& context) {
  const Parameters parameters(request);
  const auto name = sequence_input(request.captures[0]);
  const core::DeleteSequence body{name, precondition(request, parameters)};
  return call_on(name, body, render_sequence_deleted, request, context);
}

Call list(const Request& request, const Context& context) {
  const Parameters parameters(request);
  core::ListSequences body;
  body.limit = parameters.limit();
  body.after = parameters.text("cursor").value_or("");
  if (!body.after.empty()) sequence_input(body.after);
  return call_on("", body, render_sequence_list, request, context);
}

}  // namespace

void add_sequence_routes(http::RouteTable& routes, Context& context) {
  constexpr CallRow rows[] = {
      {"GET", "/sequences", list, false},
      {"GET", "/sequences/{name}", read, false},
      {"PUT", "/sequences/{name}", define, true},
      {"DELETE", "/sequences/{name}", remove, true},
  };
  add_calls(routes, context, rows);
}

}  // namespace dcount::api
