// POST /api/add_pkg: what the client sends is spooled to a file by the loop, and handed on.
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "server/api/bad_request.h"
#include "server/api/exactly_once.h"
#include "server/api/hex.h"
#include "server/api/packages.h"
#include "server/api/parameters.h"
#include "server/api/problems.h"
#include "server/api/responses.h"
#include "server/core/names.h"
#include "server/http/header.h"
#include "server/http/problem.h"
#include "server/packages/multipart.h"

namespace dcount::api {
namespace {

using http::Retryable;
using packages::UploadFault;
using Kind = UploadFault::Kind;

/// The `sha-256=:…:` of a Content-Digest (RFC 9530), in hex. Other algorithms are passed over.
std::optional<std::string> content_digest(std::string_view field) {
  const auto at = field.find("sha-256=:");
  if (at == std::string_view::npos) return std::nullopt;
  field.remove_prefix(at + 9);
  const auto end = field.find(':');
  std::array<unsigned char, 48> bytes{};
  const bool whole = end == 44;  // 32 bytes in base64
  if (!whole || EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(field.data()),
                                44) != 33) {
    malformed("Content-Digest: sha-256 is 32 bytes in base64 between colons");
  }
  return hex(std::span(bytes).first(32));
}

/// What the client says that the archive is; all that say it say the same.
std::optional<std::string> digest_input(const http::Request& request) {
  std::optional<std::string> digest;
  const auto add = [&](const std::string& text) {
    if (!core::is_sha256(text)) malformed("a sha256 has 64 hex digits in lower case");
    if (digest && *digest != text) malformed("the digests of the request differ");
    digest = text;
  };
  // Of a form it is the whole body's, not the archive's.
  const auto field = http::header(request, "Content-Digest");
  const bool form = packages::is_multipart(http::header(request, "Content-Type"));
  if (const auto said = content_digest(field); said && !form) add(*said);
  if (const auto said = http::header(request, "X-Content-SHA256"); !said.empty()) {
    add(std::string(said));
  }
  const auto query = request.http.params.find("sha256");
  if (query != request.http.params.end()) add(query->second);
  return digest;
}

httplib::Response problem_of(const packages::BadArchive& bad) {
  BadRequest problem("bad_archive", bad.detail);
  problem.members = "{\"rule\":\"" + std::string(to_string(bad.rule)) + "\"}";
  return problem_for(problem);
}

httplib::Response problem_of(const UploadFault& fault) {
  switch (fault.kind) {
    case Kind::malformed:
      return http::problem(400, "malformed", fault.detail);
    case Kind::too_long:
      return http::problem(413, "body_too_large", fault.detail);
    case Kind::digest_mismatch:
      return http::problem(400, "digest_mismatch", fault.detail);
    case Kind::storage_full:
      return http::problem(507, "storage_full", "there is no room for it here", Retryable::yes);
    case Kind::disk:
      return http::problem(503, "unavailable", "this node's disk is in trouble", Retryable::yes);
    case Kind::copies_lacking:
      return http::problem(503, "copies_lacking", fault.detail, Retryable::yes);
    case Kind::stopped:
      break;
  }
  return http::problem(503, "unavailable", "the server is stopping", Retryable::yes);
}

httplib::Response answer_of(const core::Outcome& outcome) {
  const auto* stored = std::get_if<core::PackageOutcome>(&outcome.value);
  if (outcome.code != core::Code::created || stored == nullptr) {
    return problem_for(outcome, {.kind = "key", .subject = "the upload"});
  }
  const core::PackageTraits& traits = stored->package.traits;
  auto response = json_response(
      201, JsonObject(Ints::numbers)
               .add_text("pkgid", traits.pkgid)
               .add("replicas", static_cast<std::int64_t>(stored->package.holders.size()))
               .add_text("sha256", traits.sha256)
               .add("bytes", traits.bytes)
               .take());
  response.set_header("Location", "/api/packages/" + traits.pkgid);
  response.set_header("ETag", '"' + traits.sha256 + '"');
  return response;
}

httplib::Response response_of(const packages::Uploaded& uploaded, bool keyed) {
  if (const auto* bad = std::get_if<packages::BadArchive>(&uploaded)) return problem_of(*bad);
  if (const auto* fault = std::get_if<UploadFault>(&uploaded)) return problem_of(*fault);
  const auto& outcome = std::get<core::Outcome>(uploaded);
  auto response = answer_of(outcome);
  if (keyed) add_key_fields(response, outcome);
  return response;
}

void add_package(http::ServiceCall& call, const http::Request& request, const KeyOptions& keys,
                 packages::PackageService& packages) {
  const bool keyed = idempotency(request, keys).has_value();  // refused now if it is malformed
  packages::Upload upload;
  upload.content_type = http::header(request, "Content-Type");
  upload.owner = owner_of(request.caller.get());
  upload.sha256 = digest_input(request);
  upload.idempotency = [request, keys](const std::string& sha256) {
    http::Request same = request;
    same.http.body = sha256;  // in the place of what it is the digest of
    return idempotency(same, keys);
  };
  upload.body = call.take_body();
  const auto waiting = std::make_shared<http::Responder>(call.later());
  const bool taken = packages.uploads().submit(
      std::move(upload), [waiting, keyed](const packages::Uploaded& uploaded) {
        waiting->send(response_of(uploaded, keyed));
      });
  if (taken) return;
  waiting->send(http::problem(503, "overloaded", "too many uploads at once", Retryable::yes));
}

}  // namespace

void add_package_upload(http::RouteTable& routes, Context& context,
                        packages::PackageService& packages, const PackageSettings& settings) {
  http::Route route;
  route.method = "POST";
  route.pattern = "/api/add_pkg";
  route.scope = "packages";
  route.body_bytes_max = settings.bytes_max + (std::uint64_t{1} << 20);  // and a form around it
  route.spool_body = true;
  route.service = [keys = context.keys, &packages](http::ServiceCall& call) {
    try {
      add_package(call, request_of(call), keys, packages);
    } catch (const BadRequest& bad) {
      call.response = problem_for(bad);
    }
  };
  routes.add(std::move(route));
}

}  // namespace dcount::api
