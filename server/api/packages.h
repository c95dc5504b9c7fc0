// Packages: archives that keys upload and fetch again.
//
// Uploads and downloads are on the service lane: bodies go through files, and no worker waits for a
// disk's sync, another node or a client. What is about records alone is on the command lane.
//
// Thread-safety: called once, before the server starts; handlers from anywhere.
#pragma once

#include <cstdint>
#include <string>

#include "server/api/context.h"
#include "server/http/route_table.h"
#include "server/packages/package_service.h"

namespace dcount::api {

struct PackageSettings {
  std::uint64_t bytes_max = std::uint64_t{1} << 30;  ///< of an upload
  /// Downloads are answered by X-Accel-Redirect to this and the file's path below the packages'
  /// directory; empty: we send them ourselves.
  std::string accel_prefix;
};

/// All outlive the table.
void add_package_routes(http::RouteTable& routes, Context& context,
                        packages::PackageService& packages, const PackageSettings& settings);

/// GET /api/get_pkg/{pkgid}
void add_package_download(http::RouteTable& routes, Context& context,
                          packages::PackageService& packages, const PackageSettings& settings);

/// POST /api/add_pkg
void add_package_upload(http::RouteTable& routes, Context& context,
                        packages::PackageService& packages, const PackageSettings& settings);

/// What nodes ask each other: GET /capi/trans_pkg/{pkgid}, PUT /capi/pkg/{pkgid}.
void add_internal_package_routes(http::RouteTable& routes, packages::PackageService& packages,
                                 const PackageSettings& settings);

/// The caller's key. Packages are always some key's: the gate lets nobody else come here.
const std::string& owner_of(const http::Caller* caller);
bool is_admin(const http::Caller* caller);

/// A service's request as the command lane has it.
http::Request request_of(const http::ServiceCall& call);

/// Throws BadRequest (404): what is no package's id is nobody's.
std::string package_input(const std::string& pkgid);

}  // namespace dcount::api
