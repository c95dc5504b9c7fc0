// What the parts of Client share. Private to client/.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "client/caller.h"
#include "client/client.h"
#include "client/random.h"

namespace dcount::client {

struct Client::Impl {
  explicit Impl(ClientOptions options) : caller(std::move(options)) {}
  Caller caller;
};

inline std::string key_or_fresh(std::string_view key) {
  return key.empty() ? random_key() : std::string(key);
}

/// An answer that broke the contract. A mutating call has happened all the same.
inline ClientError not_dcount(const Call& call, const Reply& reply) {
  return {.kind = ErrorKind::protocol,
          .status = reply.status,
          .detail = "the answer to " + call.method + " " + call.target + " is not dcount's",
          .idempotency_key = call.idempotency_key,
          .certainty = call.mutating() ? Certainty::unknown : Certainty::definite};
}

}  // namespace dcount::client
