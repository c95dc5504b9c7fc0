// The Idempotency-Key of a call: which record it means, and what it must be the same request as.
//
// Thread-safety: pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "server/core/command.h"
#include "server/core/outcome.h"
#include "server/http/request.h"

namespace dcount::api {

struct KeyOptions {
  std::chrono::seconds keep{24 * 3600};
  std::size_t records_max = 1'000'000;
};

inline constexpr std::size_t idempotency_key_bytes_max = 255;

/// nullopt without the header. The record's name is a digest (SHA-256, 128 bits of it) over method,
/// path, key and, when the caller has one, the id of its API key; the fingerprint is one over
/// target, conditions and body. Throws BadRequest for an empty key, one that is too long, or two.
std::optional<core::Idempotency> idempotency(const http::Request& request,
                                             const KeyOptions& options);

/// What the answer to a request with a key says of that: whether it is an old one, and how long
/// answers are kept.
void add_key_fields(httplib::Response& response, const core::Outcome& outcome);

}  // namespace dcount::api
