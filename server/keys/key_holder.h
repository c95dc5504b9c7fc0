// Who asks: the holder of a key, or somebody without one.
//
// Thread-safety: read by all threads; what changes is atomic.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "server/core/key_commands.h"
#include "server/http/request.h"
#include "server/keys/key_text.h"
#include "server/keys/rate_limiter.h"

namespace dcount::keys {

struct KeyHolder final : http::Caller {
  KeyHolder(std::string id, core::KeyTraits traits, const Digest& secret)
      : id(std::move(id)), traits(std::move(traits)), secret(secret) {}

  const std::string id;          ///< empty: without a key
  const core::KeyTraits traits;  ///< without a key: what somebody from there may do
  const Digest secret;           ///< its SHA-256
  mutable RateLimiter limiter;
  mutable std::atomic<bool> ended{false};  ///< revoked

  bool has_ended() const override { return ended; }

  bool has_key() const { return !id.empty(); }

  /// Names outside are neither shown nor changed.
  bool is_limited() const { return !traits.prefixes.empty(); }
  /// Of a collection, a sequence or a tenant.
  bool may_use(std::string_view name) const {
    if (!is_limited()) return true;
    for (const std::string& prefix : traits.prefixes) {
      if (name.starts_with(prefix)) return true;
    }
    return false;
  }
};

/// Who asked, when an Authority has let the request in; null: nobody has looked (an open route, a
/// server without a gate): no limits.
inline const KeyHolder* holder_of(const http::Request& request) {
  return dynamic_cast<const KeyHolder*>(request.caller.get());
}

}  // namespace dcount::keys
