// Client: nodes.
#include "client/client_impl.h"
#include "client/decode_node.h"

namespace dcount::client {

Result<ClusterState> Client::get_state() {
  Call call{.method = "GET", .target = "/api/get_state"};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto state = decode_state(std::move(reply->body));
  if (!state) return not_dcount(call, *reply);
  return std::move(*state);
}

}  // namespace dcount::client
