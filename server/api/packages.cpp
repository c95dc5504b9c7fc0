#include "server/api/packages.h"

#include <nlohmann/json.hpp>

#include "server/api/bad_request.h"
#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/guarded.h"
#include "server/api/parameters.h"
#include "server/api/problems.h"
#include "server/api/responses.h"
#include "server/core/names.h"
#include "server/keys/authority.h"
#include "server/packages/package_id.h"

namespace dcount::api {
namespace {

using core::Code;
using core::Outcome;
using http::Request;
using Json = nlohmann::ordered_json;

constexpr const char* scope = "packages";

// ---- answers

Json describe(const core::Package& package) {
  const core::PackageTraits& traits = package.traits;
  return {{"pkgid", traits.pkgid},     {"bytes", traits.bytes},
          {"sha256", traits.sha256},   {"when", traits.when_s},
          {"expire", traits.expire_s}, {"replicas", package.holders.size()},
          {"holders", package.holders}};
}

httplib::Response render_list(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& page = std::get<core::PackageListOutcome>(outcome.value);
  Json packages = Json::array();
  for (const core::Package& package : page.packages) packages.push_back(describe(package));
  return json_response(200, JsonObject(answer.ints)
                                .add_raw("packages", packages.dump())
                                .add_next(page.next)
                                .add("revision", page.revision)
                                .take());
}

httplib::Response render_meta(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const core::Package& package = std::get<core::PackageOutcome>(outcome.value).package;
  if (is_unchanged(answer, package.version)) return not_modified(package.version);
  return json_response(200, package.traits.meta, package.version);
}

httplib::Response render_deleted(const Outcome& outcome, const Answer& answer) {
  if (outcome.code == Code::not_found) return json_response(200, R"({"del":0})");
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  return json_response(200, R"({"del":1})");
}

httplib::Response render_usage(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& usage = std::get<core::UsageOutcome>(outcome.value);
  JsonObject body(answer.ints);
  body.add_text("key", answer.subject).add("packages", usage.packages).add("bytes", usage.bytes);
  const auto add_quota = [&](const char* name, const std::optional<std::int64_t>& quota) {
    if (quota)
      body.add(name, *quota);
    else
      body.add_raw(name, "null");
  };
  add_quota("quota_packages", usage.quota_packages);
  add_quota("quota_bytes", usage.quota_bytes);
  return json_response(200, body.take());
}

// ---- calls

Call list(const Request& request, const Context&) {
  const Parameters parameters(request);
  core::ListPackages body{.owner = owner_of(request.caller.get()), .after = {}};
  body.after = parameters.text("cursor").value_or("");
  if (!body.after.empty() && !core::is_sha256(body.after)) {
    malformed("'cursor' is no 'next' of a page");
  }
  body.limit = parameters.limit();
  return call_for(request, body, render_list, "package", "");
}

Call read_meta(const Request& request, const Context&) {
  const std::string pkgid = package_input(request.captures[0]);
  const core::ReadPackage body{packages::package_record(pkgid), owner_of(request.caller.get())};
  Call call = call_for(request, body, render_meta, "package", pkgid);
  call.answer.if_none_match = if_none_match(request);
  return call;
}

Call remove(const Request& request, const Context&) {
  const std::string pkgid = package_input(request.captures[0]);
  core::DeletePackage body{packages::package_record(pkgid), {}};
  if (!is_admin(request.caller.get())) body.owner = owner_of(request.caller.get());
  return call_for(request, body, render_deleted, "package", pkgid);
}

Call usage(const Request& request, const Context&) {
  const std::string& owner = owner_of(request.caller.get());
  return call_for(request, core::ReadUsage{owner}, render_usage, "key", owner);
}

// ---- the repair

Json describe(const packages::RepairReport& report) {
  Json body{{"checked", report.checked}, {"missing", report.missing}, {"corrupt", report.corrupt},
            {"extra", report.extra},     {"expired", report.expired}, {"copied", report.copied},
            {"adopted", report.adopted}, {"trimmed", report.trimmed}, {"dropped", report.dropped},
            {"failed", report.failed},   {"seconds", report.seconds}};
  if (!report.trouble.empty()) body["trouble"] = report.trouble;
  return body;
}

void add_repair(http::RouteTable& routes, packages::PackageService& packages) {
  http::Route route;
  route.method = "POST";
  route.pattern = "/api/repair";
  route.scope = "admin";
  route.patient = true;
  route.command = [&packages](http::Request&&, http::Responder responder) {
    const auto waiting = std::make_shared<http::Responder>(std::move(responder));
    packages.repairer().repair([waiting](const packages::RepairReport& report) {
      waiting->send(json_response(200, describe(report).dump()));
    });
  };
  routes.add(std::move(route));
}

}  // namespace

const std::string& owner_of(const http::Caller* caller) {
  const auto* holder = dynamic_cast<const keys::KeyHolder*>(caller);
  if (holder == nullptr || holder->id.empty()) {
    throw BadRequest("unauthorized", "packages are always a key's: send one", 401);
  }
  return holder->id;
}

bool is_admin(const http::Caller* caller) {
  const auto* holder = dynamic_cast<const keys::KeyHolder*>(caller);
  return holder != nullptr && holder->traits.scopes.admin;
}

http::Request request_of(const http::ServiceCall& call) {
  return {call.request, call.captures, call.id, call.caller};
}

std::string package_input(const std::string& pkgid) {
  if (!core::is_package_id(pkgid)) {
    throw BadRequest("not_found", "there is no package: " + pkgid, 404);
  }
  return pkgid;
}

void add_package_routes(http::RouteTable& routes, Context& context,
                        packages::PackageService& packages, const PackageSettings& settings) {
  constexpr CallRow rows[] = {
      {.method = "GET", .pattern = "/api/packages", .make = list, .writes = false, .scope = scope},
      {.method = "GET",
       .pattern = "/api/packages/{pkgid}",
       .make = read_meta,
       .writes = false,
       .scope = scope},
      {.method = "DELETE",
       .pattern = "/api/packages/{pkgid}",
       .make = remove,
       .writes = true,
       .scope = scope},
      {.method = "GET", .pattern = "/api/usage", .make = usage, .writes = false, .scope = scope},
  };
  add_calls(routes, context, rows);
  add_package_upload(routes, context, packages, settings);
  add_package_download(routes, context, packages, settings);
  add_repair(routes, packages);
}

}  // namespace dcount::api
