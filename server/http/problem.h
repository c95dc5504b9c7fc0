// Errors as application/problem+json (RFC 9457), the only form an error takes on the wire.
//
// Thread-safety: pure functions.
#pragma once

#include <httplib.h>

#include <string>
#include <string_view>

namespace dcount::http {

/// What a client should do about it.
enum class Retryable {
  no,        ///< will never work
  yes,       ///< was not applied: try again
  same_key,  ///< unknown, or under way: try again with the same Idempotency-Key
};

/// {"type","title","status","detail","code","retryable"}. `code` is one of the closed list in
/// docs/api.md. Statuses 429 and 503 carry Retry-After: 1.
httplib::Response problem(int status, std::string_view code, const std::string& detail,
                          Retryable retryable = Retryable::no);

}  // namespace dcount::http
