#include "server/api/draws.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/prefixes.h"
#include "server/api/problems.h"
#include "server/api/responses.h"
#include "server/api/sequence_input.h"

namespace dcount::api {
namespace {

using core::NumbersOutcome;
using core::Outcome;
using http::Request;

// ---- answers

void append_number(std::string& text, std::int64_t number, Ints ints) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  if (ints == Ints::strings) text += '"';
  text.append(digits, end);
  if (ints == Ints::strings) text += '"';
}

/// "30011, 30012", as Python's json.dumps wrote them for PEZ.
std::string numbers_text(const NumbersOutcome& numbers, Ints ints) {
  std::string text;
  for (const core::NumberRun& run : numbers.runs) {
    auto number = static_cast<std::uint64_t>(run.first);  // one step past the last may overflow
    for (std::int64_t i = 0; i < run.count; ++i, number += static_cast<std::uint64_t>(run.step)) {
      if (!text.empty()) text += ", ";
      append_number(text, static_cast<std::int64_t>(number), ints);
    }
  }
  return text;
}

httplib::Response render_numbers(const Outcome& outcome, const Answer& answer, bool as_list) {
  httplib::Response response;
  if (outcome.code != core::Code::ok) {
    response = problem_for(outcome, answer);
  } else {
    const auto& numbers = std::get<NumbersOutcome>(outcome.value);
    std::string text = numbers_text(numbers, answer.ints);
    if (as_list) text = "[" + text + "]";
    response = json_response(200, std::move(text), numbers.version);
    if (numbers.wraps > 0) {
      response.set_header("Sequence-Wraps", std::to_string(numbers.wraps));
    }
  }
  // Caches may keep a 404 on their own account, too.
  response.set_header("Cache-Control", "no-store");
  return response;
}

httplib::Response render_one(const Outcome& outcome, const Answer& answer) {
  return render_numbers(outcome, answer, false);
}

httplib::Response render_list(const Outcome& outcome, const Answer& answer) {
  return render_numbers(outcome, answer, true);
}

// ---- calls

Call draw(const Request& request, const Parameters& parameters, std::int64_t count,
          Answer::Render render) {
  core::Draw body;
  body.name = sequence_input(request.captures[0]);
  check_name(request, body.name);
  body.count = count;
  body.precondition = precondition(request, parameters);
  const std::string subject = body.name;
  return call_for(request, std::move(body), render, "sequence", subject);
}

Call draw_one(const Request& request, const Context&) {
  return draw(request, Parameters(request), 1, render_one);
}

Call draw_list(const Request& request, const Context& context) {
  const Parameters parameters(request);
  const auto count = parameters.integer_within("count", 1, context.count_max, 1);
  return draw(request, parameters, count, render_list);
}

/// What PEZ tells about its resources: {"description", "verbs": [{"GET": {"parameters": …}}]}.
void add_help(http::RouteTable& routes, const char* pattern, const char* description,
              const nlohmann::json& parameters) {
  nlohmann::ordered_json help{{"description", description}, {"verbs", nlohmann::json::array()}};
  for (const char* verb : {"GET", "POST"}) {
    help["verbs"].push_back({{verb, {{"parameters", parameters}}}});
  }
  for (const char* end : {"", "/"}) {
    http::Route route;
    route.method = "OPTIONS";
    route.scope = "";
    route.pattern = std::string(pattern) + end;
    route.command = [text = help.dump()](Request&&, http::Responder responder) {
      auto response = json_response(200, text);
      response.set_header("Allow", "GET, POST, OPTIONS");
      responder.send(std::move(response));
    };
    routes.add(std::move(route));
  }
}

}  // namespace

void add_draw_routes(http::RouteTable& routes, Context& context) {
  constexpr CallRow rows[] = {
      {"GET", "/v1/{name}", draw_one, true},
      {"POST", "/v1/{name}", draw_one, true},
      {"GET", "/v2/{name}", draw_list, true},
      {"POST", "/v2/{name}", draw_list, true},
  };
  add_calls(routes, context, rows);
  if (context.cors) return;
  using nlohmann::json;
  const std::string range = "1 to " + std::to_string(context.count_max) + ", 1 when not given";
  add_help(routes, "/v1/{name}", "Draw the next number of a sequence.", json::array());
  add_help(routes, "/v2/{name}", "Draw a list of the next numbers of a sequence.",
           json::array({json{{"count", range}}}));
}

}  // namespace dcount::api
