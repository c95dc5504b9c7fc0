#include "server/keys/authority.h"

#include <string>
#include <utility>

#include "server/http/problem.h"
#include "server/keys/credentials.h"

namespace dcount::keys {
namespace {

httplib::Response unauthorized(const std::string& detail) {
  auto response = http::problem(401, "unauthorized", detail);
  response.set_header("WWW-Authenticate", "Bearer, Basic realm=\"dcount\"");
  return response;
}

httplib::Response lacks_scope(const std::string& scope) {
  return http::problem(403, "forbidden", "this needs a key with the scope '" + scope + "'");
}

/// With the three fields of draft-ietf-httpapi-ratelimit-headers-06.
httplib::Response rate_limited(std::int64_t rate, const RateLimiter::Verdict& verdict) {
  auto response = http::problem(
      429, "rate_limited", "this key may make " + std::to_string(rate) + " requests a minute here",
      http::Retryable::yes);
  response.headers.erase("Retry-After");
  response.set_header("Retry-After", std::to_string(verdict.next_token.count()));
  response.set_header("RateLimit-Limit", std::to_string(rate));
  response.set_header("RateLimit-Remaining", std::to_string(verdict.remaining));
  response.set_header("RateLimit-Reset", std::to_string(verdict.next_token.count()));
  return response;
}

std::shared_ptr<const KeyHolder> keyless(core::Scopes scopes) {
  core::KeyTraits traits;
  traits.scopes = scopes;
  return std::make_shared<KeyHolder>("", std::move(traits), Digest{});
}

/// Null: there is no such key. An id that nobody knows takes as long as a wrong secret.
std::shared_ptr<const KeyHolder> holder_of_key(const Keys& keys, std::string_view text) {
  const auto parts = parse_key(text);
  if (!parts) return nullptr;
  auto holder = keys.find(parts->id);
  const bool right = is_same(digest_of(parts->secret), holder ? holder->secret : Digest{});
  return right ? std::move(holder) : nullptr;
}

RateLimiter::Time steady_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

bool has_scope(const core::Scopes& scopes, std::string_view scope) {
  if (scope.empty() || scope == "any" || scopes.admin) return true;
  if (scope == "read") return scopes.read;
  if (scope == "write") return scopes.write;
  if (scope == "packages") return scopes.packages;
  return false;
}

Authority::Authority(const KeyRing& ring, Options options)
    : ring_(ring),
      options_([&] {
        if (!options.now) options.now = steady_now;
        return std::move(options);
      }()),
      local_(keyless({.admin = true})),
      remote_(keyless({.read = true, .write = true})) {}

std::optional<httplib::Response> Authority::admit(const http::Route& route,
                                                  http::Request& request) const {
  if (route.scope.empty()) return std::nullopt;
  const auto keys = ring_.keys();
  const bool looks = options_.require_key || keys->ever;
  const Credentials presented = looks ? credentials_of(request) : Credentials{};
  switch (presented.status) {
    case Credentials::Status::none:
      break;
    case Credentials::Status::broken:
      return unauthorized(presented.why);
    case Credentials::Status::one:
      return admit_holder(route, request, holder_of_key(*keys, presented.text));
  }
  return admit_keyless(route, request);
}

std::optional<httplib::Response> Authority::admit_holder(
    const http::Route& route, http::Request& request,
    std::shared_ptr<const KeyHolder> holder) const {
  if (holder == nullptr) return unauthorized("this key is not known, or has been revoked");
  if (!has_scope(holder->traits.scopes, route.scope)) return lacks_scope(route.scope);
  if (const auto rate = holder->traits.rate_per_minute) {
    const auto verdict = holder->limiter.take(*rate, options_.now());
    if (!verdict.granted) return rate_limited(*rate, verdict);
  }
  request.caller = std::move(holder);
  return std::nullopt;
}

std::optional<httplib::Response> Authority::admit_keyless(const http::Route& route,
                                                          http::Request& request) const {
  if (route.scope == "packages") return unauthorized("packages belong to keys: present one");
  if (options_.require_key) return unauthorized("this server requires a key");
  const auto& caller = is_loopback(request.http.remote_addr) ? local_ : remote_;
  if (!has_scope(caller->traits.scopes, route.scope)) {
    return unauthorized("from another machine this needs a key with the scope '" + route.scope +
                        "'");
  }
  request.caller = caller;
  return std::nullopt;
}

}  // namespace dcount::keys
