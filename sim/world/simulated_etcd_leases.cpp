// Leases: they run out by the cluster's time, and take their keys with them.
#include <algorithm>

#include "server/store/etcd/messages.h"
#include "sim/world/simulated_etcd.h"

namespace dcount::world {
namespace {

constexpr std::int64_t ttl_min_s = 2;  // one and a half elections

}  // namespace

void SimulatedEtcd::handle_lease(std::size_t member, std::uint64_t request, const std::string& path,
                                 const std::string& body) {
  const auto lease = read_lease(body);
  if (!lease) return answer(request, refusal::malformed());
  if (path == store::etcd::grant_path) return grant(member, request, lease->ttl_s);
  if (path == store::etcd::keep_alive_path) return keep_alive(member, request, lease->id);
  if (path != store::etcd::revoke_path) return answer(request, {404, "{}"});
  propose(member, request, [this, id = lease->id] {
    leases_.erase(id);
    return store_.revoke(id) ? GatewayReply{200, "{}"} : refusal::lease_not_found();
  });
}

void SimulatedEtcd::grant(std::size_t member, std::uint64_t request, std::int64_t ttl_s) {
  const auto id = static_cast<std::int64_t>(dice_.roll(member).next() >> 2 | 1);
  ttl_s = std::max(ttl_s, ttl_min_s);
  propose(member, request, [this, id, ttl_s] {
    if (store_.full()) return refusal::no_space();
    store_.grant(id);
    leases_[id] = {ttl_s, time_.now() + ttl_s * second};
    time_.after(ttl_s * second, [this, id] { check_lease(id); });
    return GatewayReply{
        200, "{\"ID\":\"" + std::to_string(id) + "\",\"TTL\":\"" + std::to_string(ttl_s) + "\"}"};
  });
}

void SimulatedEtcd::keep_alive(std::size_t member, std::uint64_t request, std::int64_t lease) {
  const auto renew = [this, lease] {
    const auto at = leases_.find(lease);
    std::string body = "{\"result\":{\"ID\":\"" + std::to_string(lease) + "\"";
    if (at != leases_.end()) {
      at->second.expires = time_.now() + at->second.ttl_s * second;
      body += ",\"TTL\":\"" + std::to_string(at->second.ttl_s) + "\"";
    }
    return GatewayReply{200, body + "}}\n"};
  };
  read_after_leader(member, request, renew);  // the leader's to do, but through no log
}

void SimulatedEtcd::check_lease(std::int64_t lease) {
  const auto at = leases_.find(lease);
  if (at == leases_.end()) return;
  if (time_.now() < at->second.expires) {
    return time_.at(at->second.expires, [this, lease] { check_lease(lease); });
  }
  if (!works()) return time_.after(second / 2, [this, lease] { check_lease(lease); });
  trace_.note([&] { return "etcd: a lease has expired"; });
  at->second.expires = time_.now() + second;  // should this be lost
  Log entry;
  entry.change = [this, lease] {
    leases_.erase(lease);
    store_.revoke(lease);
    return GatewayReply{};
  };
  append(std::move(entry));
  time_.after(second, [this, lease] { check_lease(lease); });
}

}  // namespace dcount::world
