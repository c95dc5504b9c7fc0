// Client: API keys.
#include <nlohmann/json.hpp>

#include "client/client_impl.h"
#include "client/decode.h"
#include "client/decode_key.h"
#include "client/uri.h"

namespace dcount::client {
namespace {

constexpr const char* keys_path = "/api/keys";

std::string body_of(const KeyWish& wish) {
  nlohmann::json body{{"name", wish.name}, {"scopes", wish.scopes}, {"prefixes", wish.prefixes}};
  if (wish.quota_bytes) body["quota_bytes"] = *wish.quota_bytes;
  if (wish.quota_packages) body["quota_packages"] = *wish.quota_packages;
  if (wish.rate_per_minute) body["rate_per_minute"] = *wish.rate_per_minute;
  // What is no UTF-8 is for the server to refuse.
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<CreatedKey> Client::create_key(const KeyWish& wish, std::string_view idempotency_key) {
  Call call{.method = "POST",
            .target = keys_path,
            .body = body_of(wish),
            .content_type = "application/json",
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto created = decode_created_key(reply->body);
  if (!created) return not_dcount(call, *reply);
  return std::move(*created);
}

Result<KeyPage> Client::list_keys(std::size_t limit, std::string_view cursor) {
  Call call{.method = "GET", .target = keys_path + page_query(limit, cursor)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto page = decode_key_page(reply->body);
  if (!page) return not_dcount(call, *reply);
  return std::move(*page);
}

Result<bool> Client::revoke_key(std::string_view id, std::string_view idempotency_key) {
  Call call{.method = "DELETE",
            .target = std::string(keys_path) + "/" + percent_encode(id),
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto revoked = decode_removed(reply->body);
  if (!revoked) return not_dcount(call, *reply);
  return *revoked;
}

}  // namespace dcount::client
