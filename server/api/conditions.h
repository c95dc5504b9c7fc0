// If-Match, If-None-Match, if_version (RFC 9110, section 13): a record's ETag is its version.
//
// Thread-safety: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/api/parameters.h"
#include "server/core/command.h"
#include "server/http/request.h"

namespace dcount::api {

/// "\"9\""
std::string etag(std::int64_t version);

/// What a mutating call demands. Throws BadRequest for what cannot be honoured: several ETags at
/// once, or If-None-Match with anything but "*".
core::Precondition precondition(const http::Request& request, const Parameters& parameters);

/// Whether a GET's If-None-Match has the version (weak comparison): 304.
bool etag_list_has(std::string_view list, std::int64_t version);

}  // namespace dcount::api
