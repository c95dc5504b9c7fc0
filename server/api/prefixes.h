// What a caller whose key has prefixes may name: collections, sequences and tenants that begin with
// one of them, and nothing over all.
//
// Thread-safety: pure.
#pragma once

#include <string_view>

#include "server/http/request.h"

namespace dcount::api {

/// Throws BadRequest (403 forbidden) when `name` (of a collection, a sequence or a tenant) is
/// outside of the caller's prefixes.
void check_name(const http::Request& request, std::string_view name);

/// The same for what goes over all names.
void check_unlimited(const http::Request& request);

}  // namespace dcount::api
