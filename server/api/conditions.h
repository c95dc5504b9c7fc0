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
/// once, or If-None-Match with anything but "*". A GET that changes state ignores If-None-Match:
/// caches send it.
core::Precondition precondition(const http::Request& request, const Parameters& parameters);

/// For calls that cannot honour If-Match and If-None-Match: throws BadRequest when there is one,
/// "If-Match …" with the reason behind it.
void refuse_conditions(const http::Request& request, const std::string& reason);

/// A GET's If-None-Match, or "".
std::string if_none_match(const http::Request& request);

/// Whether a GET's If-None-Match has the version (weak comparison): 304.
bool etag_list_has(std::string_view list, std::int64_t version);

}  // namespace dcount::api
