#include "server/api/items.h"

#include <nlohmann/json.hpp>

#include "server/api/bad_request.h"
#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/items_body.h"
#include "server/api/numbers.h"
#include "server/api/parameters.h"
#include "server/api/prefixes.h"
#include "server/api/problems.h"
#include "server/api/responses.h"
#include "server/core/names.h"

namespace dcount::api {
namespace {

using core::Code;
using core::ItemsOutcome;
using core::Outcome;
using http::Request;

// ---- answers

httplib::Response render_added(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  auto response = json_response(200, R"({"message":"Success"})");
  response.set_header("Items-Added", std::to_string(std::get<ItemsOutcome>(outcome.value).added));
  return response;
}

httplib::Response render_count(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& items = std::get<ItemsOutcome>(outcome.value);
  if (is_unchanged(answer, items.version)) return not_modified(items.version);
  return json_response(200, JsonObject(answer.ints).add("count", items.count).take(),
                       items.version);
}

httplib::Response render_list(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& page = std::get<core::ItemListOutcome>(outcome.value);
  return json_response(200, JsonObject(answer.ints)
                                .add_raw("items", nlohmann::json(page.ids).dump())
                                .add_next(page.next == 0 ? "" : std::to_string(page.next))
                                .add("count", page.count)
                                .add("revision", page.revision)
                                .take());
}

// ---- calls

std::string tenant_input(const Request& request) {
  const std::string& tenant = request.captures[0];
  if (!core::is_item_name(tenant)) {
    malformed("a tenant's name is UTF-8 of 1 to " + std::to_string(core::item_name_bytes_max) +
              " bytes");
  }
  check_name(request, tenant);
  return tenant;
}

/// "" or the `next` of a page: how many items were seen.
std::uint64_t cursor_input(const std::string& cursor) {
  if (cursor.empty()) return 0;
  const auto after = parse_int(cursor);
  if (!after || *after < 1) malformed("'cursor' is no 'next' of a page");
  return static_cast<std::uint64_t>(*after);
}

Call add(const Request& request, const Context&) {
  refuse_conditions(request, "means one record; items are of many tenants");
  core::AddItems body = items_body(request.http.body);
  for (const core::TenantItems& one : body.tenants) check_name(request, one.tenant);
  return call_for(request, std::move(body), render_added, "item", "the items");
}

Call count(const Request& request, const Context&) {
  const auto tenant = tenant_input(request);
  Call call = call_for(request, core::CountItems{tenant}, render_count, "tenant", tenant);
  call.answer.if_none_match = if_none_match(request);
  return call;
}

Call list(const Request& request, const Context&) {
  const Parameters parameters(request);
  core::ListItems body;
  body.tenant = tenant_input(request);
  body.after = cursor_input(parameters.text("cursor").value_or(""));
  body.limit = parameters.limit();
  return call_for(request, body, render_list, "tenant", body.tenant);
}

}  // namespace

void add_item_routes(http::RouteTable& routes, Context& context) {
  constexpr CallRow rows[] = {
      {"POST", "/items", add, true, items_body_bytes_max},
      {"GET", "/items/{tenant}", list, false},
      {"GET", "/items/{tenant}/count", count, false},
  };
  add_calls(routes, context, rows);
}

}  // namespace dcount::api
