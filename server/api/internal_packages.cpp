// What nodes ask each other for: GET /capi/trans_pkg/{pkgid}, PUT /capi/pkg/{pkgid}.
#include <fcntl.h>

#include "server/api/bad_request.h"
#include "server/api/package_file.h"
#include "server/api/packages.h"
#include "server/api/problems.h"
#include "server/api/responses.h"
#include "server/core/names.h"
#include "server/http/problem.h"
#include "server/http/unique_fd.h"

namespace dcount::api {
namespace {

/// What this node should have and has not, it tells the store that it has not: its repair does.
void give(http::ServiceCall& call, packages::PackageService& packages) {
  const std::string pkgid = package_input(call.captures[0]);
  const auto blob = packages.blobs().find(pkgid);
  auto answer = blob ? answer_with_blob(call.request, packages.blobs(), *blob, "") : std::nullopt;
  if (!answer) {
    if (blob) packages.note_missing(*blob);
    packages.repairer().wake();
    throw BadRequest("not_found", "this node has not got it: " + pkgid, 404);
  }
  call.later().send_file(std::move(answer->response), std::move(answer->file));
}

httplib::Response disk_problem(const packages::DiskError& error) {
  const int status = error.storage_full() ? 507 : 503;
  return http::problem(status, error.storage_full() ? "storage_full" : "unavailable", error.message,
                       http::Retryable::yes);
}

std::string digest_input(const http::ServiceCall& call) {
  const auto sha256 = call.request.params.find("sha256");
  if (sha256 == call.request.params.end() || !core::is_sha256(sha256->second)) {
    malformed("?sha256= says what it is: 64 hex digits");
  }
  return sha256->second;
}

/// A copy of what another node is about to register.
void take(http::ServiceCall& call, packages::PackageService& packages) {
  const std::string pkgid = package_input(call.captures[0]);
  const std::string sha256 = digest_input(call);
  if (packages.blobs().find(pkgid, sha256)) {
    call.response = json_response(200, "{}");
    return;
  }
  const http::UniqueFd body(::open(call.body_file.c_str(), O_RDONLY | O_CLOEXEC));
  const auto end = body ? ::lseek(body.get(), 0, SEEK_END) : -1;
  if (end < 0) throw BadRequest("unavailable", "the spooled body cannot be read", 503);
  const auto bytes = static_cast<std::uint64_t>(end);
  auto writer = packages.blobs().begin(bytes);
  if (!writer) return void(call.response = disk_problem(writer.error()));
  if (const auto written = writer->append_from(body.get(), 0, bytes); !written) {
    return void(call.response = disk_problem(written.error()));
  }
  if (writer->digest() != sha256) malformed("these are not the bytes that it says");
  const auto blob = writer->commit(pkgid);
  if (!blob) return void(call.response = disk_problem(blob.error()));
  call.response = json_response(201, "{}");
}

/// For who is about to throw its own copy away. A copy that is not what it should be is mended.
void verify(http::ServiceCall& call, packages::PackageService& packages) {
  const std::string pkgid = package_input(call.captures[0]);
  const auto blob = packages.blobs().find(pkgid, digest_input(call));
  if (!blob) throw BadRequest("not_found", "this node has not got it: " + pkgid, 404);
  const auto state = packages.blobs().verify(*blob, packages::VerifyDepth::digest);
  if (!state || *state != packages::BlobState::intact) {
    packages.repairer().wake();
    throw BadRequest("not_found", "this node's copy is not intact: " + pkgid, 404);
  }
  call.response = json_response(200, "{}");
}

template <class Handle>
http::Route route_of(const char* method, const char* pattern, packages::PackageService& packages,
                     Handle handle) {
  http::Route route;
  route.method = method;
  route.pattern = pattern;
  route.service = [&packages, handle](http::ServiceCall& call) {
    try {
      handle(call, packages);
    } catch (const BadRequest& bad) {
      call.response = problem_for(bad);
    }
  };
  return route;
}

}  // namespace

void add_internal_package_routes(http::RouteTable& routes, packages::PackageService& packages,
                                 const PackageSettings& settings) {
  routes.add(route_of("GET", "/capi/trans_pkg/{pkgid}", packages, give));
  routes.add(route_of("POST", "/capi/verify_pkg/{pkgid}", packages, verify));
  http::Route put = route_of("PUT", "/capi/pkg/{pkgid}", packages, take);
  put.body_bytes_max = settings.bytes_max;
  put.spool_body = true;
  routes.add(std::move(put));
}

}  // namespace dcount::api
