// Client: dump, restore, health.
#include "client/client_impl.h"
#include "client/decode.h"

namespace dcount::client {

Result<std::uint64_t> Client::dump(const Sink& sink) {
  Call call{.method = "GET", .target = "/api/dump", .sink = sink};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  if (reply->status != 200) return not_dcount(call, *reply);
  return reply->sunk_bytes;
}

Result<Answer> Client::restore(const std::string& file, bool force, const Watcher& watcher) {
  Call call{.method = "POST",
            .target = force ? "/api/restore?force=true" : "/api/restore",
            .content_type = "application/x-ndjson",
            .idempotency_key = random_key(),
            .upload_file = file,
            .upload_watcher = watcher,
            .retry_lost = false};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  return Answer{.status = reply->status,
                .body = std::move(reply->body),
                .location = std::move(reply->location),
                .replayed = reply->replayed};
}

std::vector<Health> Client::health() {
  std::vector<Health> all;
  Call call{.method = "GET", .target = "/readyz"};
  for (const Endpoint& endpoint : impl_->caller.options().endpoints) {
    Reply reply = impl_->caller.ask_once(endpoint, call);
    Health health{.endpoint = endpoint,
                  .ready = reply.delivery == Delivery::answered && reply.status == 200};
    if (!health.ready) health.detail = error_of(call, reply, false).detail;
    all.push_back(std::move(health));
  }
  return all;
}

}  // namespace dcount::client
