#include "server/api/reservations.h"

#include "server/api/bad_request.h"
#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/prefixes.h"
#include "server/api/problems.h"
#include "server/api/responses.h"
#include "server/api/sequence_input.h"
#include "server/api/token_source.h"
#include "server/core/names.h"

namespace dcount::api {
namespace {

using core::Code;
using core::Outcome;
using core::ReservationOutcome;
using http::Request;

// ---- answers

httplib::Response render_reserved(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok && outcome.code != Code::created) {
    return problem_for(outcome, answer);
  }
  const auto& reservation = std::get<ReservationOutcome>(outcome.value);
  auto response = json_response(201,
                                JsonObject(answer.ints)
                                    .add("number", reservation.number)
                                    .add_text("token", reservation.token)
                                    .add("expires", reservation.expires_ms)
                                    .take(),
                                reservation.version);
  response.set_header("Location",
                      "/sequences/" + answer.subject + "/reservations/" + reservation.token);
  return response;
}

httplib::Response render_closed(const Outcome& outcome, const Answer& answer, const char* state) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& reservation = std::get<ReservationOutcome>(outcome.value);
  return json_response(200,
                       JsonObject(answer.ints)
                           .add("number", reservation.number)
                           .add_text("token", reservation.token)
                           .add_text("state", state)
                           .take(),
                       reservation.version);
}

httplib::Response render_confirmed(const Outcome& outcome, const Answer& answer) {
  return render_closed(outcome, answer, "confirmed");
}

httplib::Response render_released(const Outcome& outcome, const Answer& answer) {
  return render_closed(outcome, answer, "released");
}

// ---- calls

void refuse_all_conditions(const Request& request) {
  refuse_conditions(request, "means one version, and reservations have none");
}

Call reserve(const Request& request, const Context&) {
  refuse_all_conditions(request);
  const Parameters parameters(request);
  core::Reserve body;
  body.name = sequence_input(request.captures[0]);
  check_name(request, body.name);
  body.ttl_ms =
      1000 * parameters.integer_within("ttl", 1, reservation_ttl_s_max, reservation_ttl_s_default);
  body.token = new_token();
  return call_for(request, body, render_reserved, "sequence", body.name);
}

/// Confirm or Release of what the path names.
template <class Body>
Call close(const Request& request, Answer::Render render) {
  refuse_all_conditions(request);
  const Body body{sequence_input(request.captures[0]), request.captures[1]};
  check_name(request, body.name);
  if (!core::is_token(body.token)) {
    malformed("a reservation's token is 1 to 64 letters, digits, '_' or '-'");
  }
  return call_for(request, body, render, "reservation", body.name + '/' + body.token);
}

Call confirm(const Request& request, const Context&) {
  return close<core::Confirm>(request, render_confirmed);
}

Call release(const Request& request, const Context&) {
  return close<core::Release>(request, render_released);
}

}  // namespace

void add_reservation_routes(http::RouteTable& routes, Context& context) {
  constexpr CallRow rows[] = {
      {"POST", "/sequences/{name}/reservations", reserve, true},
      {"POST", "/sequences/{name}/reservations/{token}/confirm", confirm, true},
      {"DELETE", "/sequences/{name}/reservations/{token}", release, true},
  };
  add_calls(routes, context, rows);
}

}  // namespace dcount::api
