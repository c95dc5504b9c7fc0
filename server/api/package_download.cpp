// GET /api/get_pkg/{pkgid}: from this node's disk, after it was brought here if need be.
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "server/api/bad_request.h"
#include "server/api/package_file.h"
#include "server/api/packages.h"
#include "server/api/problems.h"
#include "server/engine/blocking_call.h"
#include "server/http/problem.h"
#include "server/packages/package_id.h"

namespace dcount::api {
namespace {

using http::Retryable;
using packages::Brought;

/// ?need=a,b: 422 unless meta.json has all of these fields.
void check_needed(const httplib::Request& request, const core::Package& package) {
  const auto need = request.params.find("need");
  if (need == request.params.end()) return;
  const auto meta = nlohmann::json::parse(package.traits.meta);
  std::string missing;
  std::string_view rest = need->second;
  while (!rest.empty()) {
    const std::string field(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    if (!field.empty() && !meta.contains(field)) (missing += missing.empty() ? "" : ", ") += field;
  }
  if (missing.empty()) return;
  throw BadRequest("fields_missing", "its meta.json has no " + missing, 422);
}

/// Throws BadRequest when it is not for this caller, or there is none.
core::Package find_package(const http::ServiceCall& call, engine::Engine& engine) {
  const std::string pkgid = package_input(call.captures[0]);
  const core::ReadPackage read{packages::package_record(pkgid), owner_of(call.caller.get())};
  core::Outcome outcome = engine::BlockingCall(engine).run(read);
  if (outcome.code == core::Code::forbidden) {
    throw BadRequest("not_owner", "only the key that uploaded a package can fetch it", 403);
  }
  if (outcome.code == core::Code::not_found) {
    throw BadRequest("not_found", "there is no package: " + pkgid, 404);
  }
  if (outcome.code != core::Code::ok) {
    throw BadRequest("unavailable", "the store cannot be asked now", 503);
  }
  core::Package package = std::get<core::PackageOutcome>(std::move(outcome.value)).package;
  check_needed(call.request, package);
  return package;
}

httplib::Response problem_of(const Brought& brought) {
  switch (brought.status) {
    case Brought::Status::storage_full:
      return http::problem(507, "storage_full", "there is no room for it here", Retryable::yes);
    case Brought::Status::overloaded:
      return http::problem(503, "overloaded", brought.detail, Retryable::yes);
    case Brought::Status::nobody_has_it:
      return http::problem(503, "package_unreachable", brought.detail, Retryable::yes);
    default:
      return http::problem(503, "unavailable", brought.detail, Retryable::yes);
  }
}

/// One download on its way: from here, or from here after a transfer.
struct Download : std::enable_shared_from_this<Download> {
  Download(http::ServiceCall& call, core::Package found, packages::PackageService& service,
           const PackageSettings& given)
      : request(call.request),
        package(std::move(found)),
        service(service),
        settings(given),
        responder(call.later()) {}

  void begin() {
    if (const auto blob = service.blobs().find(package.traits.pkgid, package.traits.sha256)) {
      if (send(*blob)) return;
      service.note_missing(*blob);
    }
    service.transfers().bring(package, [self = shared_from_this()](const Brought& brought) {
      if (brought.blob && self->send(*brought.blob)) return;
      // It went again at once: somebody is emptying this disk.
      if (brought.blob && ++self->tries < tries_max) return self->begin();
      self->responder.send(problem_of(brought));
    });
  }

  /// False: its file is not what it should be, or gone.
  bool send(const packages::Blob& blob) {
    auto answer = answer_with_blob(request, service.blobs(), blob, settings.accel_prefix);
    if (!answer) return false;
    responder.send_file(std::move(answer->response), std::move(answer->file));
    return true;
  }

  const httplib::Request request;
  const core::Package package;
  packages::PackageService& service;
  const PackageSettings settings;
  http::Responder responder;
  int tries = 0;

  static constexpr int tries_max = 3;
};

}  // namespace

void add_package_download(http::RouteTable& routes, Context& context,
                          packages::PackageService& packages, const PackageSettings& settings) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/api/get_pkg/{pkgid}";
  route.scope = "packages";
  route.service = [&engine = context.engine, &packages, settings](http::ServiceCall& call) {
    try {
      core::Package package = find_package(call, engine);
      std::make_shared<Download>(call, std::move(package), packages, settings)->begin();
    } catch (const BadRequest& bad) {
      call.response = problem_for(bad);
    }
  };
  routes.add(std::move(route));
}

}  // namespace dcount::api
