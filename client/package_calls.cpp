// Client: packages and the repair of a node.
#include <sys/stat.h>

#include "client/client_impl.h"
#include "client/content_digest.h"
#include "client/decode.h"
#include "client/decode_package.h"
#include "client/package_download.h"
#include "client/uri.h"

namespace dcount::client {
namespace {

/// The server checks the archive and copies it to other nodes before it answers.
constexpr Duration add_time = std::chrono::minutes(5);
/// A repair reads every package, and fetches those that are missing.
constexpr Duration repair_time = std::chrono::hours(24);

std::string package_path(std::string_view pkgid) {
  return "/api/packages/" + percent_encode(pkgid);
}

}  // namespace

Result<AddedPackage> Client::add_package(const std::string& file,
                                         const AddPackageOptions& options) {
  std::string sha256 = options.sha256;
  if (sha256.empty()) {
    auto digest = digest_of_file(file);
    if (!digest) return digest.error();
    sha256 = std::move(*digest);
  }
  struct stat info {};
  const bool known = ::stat(file.c_str(), &info) == 0;
  const std::uint64_t total = known ? static_cast<std::uint64_t>(info.st_size) : 0;
  Call call{.method = "POST",
            .target = "/api/add_pkg",
            .content_type = "application/x-xz",
            .idempotency_key = key_or_fresh(options.idempotency_key),
            .upload_file = file,
            .headers =
                [&] {
                  return Headers{{"X-Content-SHA256", sha256}};
                },
            .answer_time = add_time};
  if (options.watcher) {
    call.upload_watcher = [&](std::uint64_t bytes) { return options.watcher(bytes, total); };
  }
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto added = decode_added_package(reply->body);
  if (!added) return not_dcount(call, *reply);
  if (added->sha256 != sha256 && !added->sha256.empty()) return not_dcount(call, *reply);
  added->sha256 = sha256;
  added->replayed = reply->replayed;
  return std::move(*added);
}

Result<GotPackage> Client::get_package(std::string_view pkgid, const std::string& file,
                                       const GetPackageOptions& options) {
  return download_to_file(impl_->caller, pkgid, file, options);
}

Result<GotPackage> Client::get_package(std::string_view pkgid, const Sink& sink,
                                       const GetPackageOptions& options) {
  return PackageDownload(pkgid, options, sink).run(impl_->caller);
}

Result<PackagePage> Client::list_packages(std::size_t limit, std::string_view cursor) {
  Call call{.method = "GET", .target = "/api/packages" + page_query(limit, cursor)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto page = decode_package_page(reply->body);
  if (!page) return not_dcount(call, *reply);
  return std::move(*page);
}

Result<std::string> Client::package_meta(std::string_view pkgid) {
  Call call{.method = "GET", .target = package_path(pkgid)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  if (!is_json_object(reply->body)) return not_dcount(call, *reply);
  return std::move(reply->body);
}

Result<bool> Client::remove_package(std::string_view pkgid, std::string_view idempotency_key) {
  Call call{.method = "DELETE",
            .target = package_path(pkgid),
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto removed = decode_removed(reply->body);
  if (!removed) return not_dcount(call, *reply);
  return *removed;
}

Result<PackageUsage> Client::package_usage() {
  Call call{.method = "GET", .target = "/api/usage"};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto usage = decode_package_usage(reply->body);
  if (!usage) return not_dcount(call, *reply);
  return std::move(*usage);
}

Result<RepairReport> Client::repair() {
  Call call{.method = "POST",
            .target = "/api/repair",
            .idempotency_key = random_key(),
            .retry_lost = false,
            .answer_time = repair_time};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto report = decode_repair(std::move(reply->body));
  if (!report) return not_dcount(call, *reply);
  return std::move(*report);
}

}  // namespace dcount::client
