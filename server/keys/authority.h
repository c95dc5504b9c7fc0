// The gate of the clients' port: finds out who asks, and whether they may.
//
// With a key: an unknown or revoked one is 401, one without the route's scope 403, one that has
// used up its rate 429. Without one: 401 when keys are required, or when the route is about
// packages, which always belong to a key; otherwise whoever calls from this machine is admin, and
// others (who can only be there when the server was told so) may read and write. Routes of scope ""
// are open to all. Before the first key was made nobody looks at credentials, unless keys are
// required: clients of lockstep send Basic with whatever their URL has.
//
// Thread-safety: admit from all loops at once; it never waits.
#pragma once

#include <httplib.h>

#include <functional>
#include <memory>
#include <optional>

#include "server/http/gate.h"
#include "server/http/route_table.h"
#include "server/keys/key_ring.h"

namespace dcount::keys {

class Authority {
 public:
  struct Options {
    bool require_key = false;
    std::function<RateLimiter::Time()> now;  ///< for rates; empty: the steady clock
  };

  /// `ring` outlives it.
  Authority(const KeyRing& ring, Options options);

  /// What an http::Gate does; the caller is a KeyHolder from now on.
  std::optional<httplib::Response> admit(const http::Route& route, http::Request& request) const;

  /// Refers to this.
  http::Gate gate() const {
    return
        [this](const http::Route& route, http::Request& request) { return admit(route, request); };
  }

 private:
  std::optional<httplib::Response> admit_holder(const http::Route& route, http::Request& request,
                                                std::shared_ptr<const KeyHolder> holder) const;
  std::optional<httplib::Response> admit_keyless(const http::Route& route,
                                                 http::Request& request) const;

  const KeyRing& ring_;
  const Options options_;
  const std::shared_ptr<const KeyHolder> local_;   ///< from this machine, without a key
  const std::shared_ptr<const KeyHolder> remote_;  ///< from elsewhere
};

/// 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104.
bool is_loopback(const std::string& address);

/// Whether somebody with these scopes may use routes of `scope`, a Route's word; "any" is for all
/// who may do something.
bool has_scope(const core::Scopes& scopes, std::string_view scope);

}  // namespace dcount::keys
