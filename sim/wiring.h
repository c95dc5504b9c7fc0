// How the processes of a LocalCluster reach each other when that is not directly: the addresses
// they are told, which somebody forwards. See sim/links/cluster_links.h.
//
// Thread-safety: asked by the thread that starts the cluster.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dcount::sim {

class EtcdCluster;

class Wiring {
 public:
  virtual ~Wiring() = default;

  /// The peer URL that the member advertises, which listens at another. Asked before each start,
  /// also of other members; the answer for a member that has data must stay the same.
  virtual std::string peer_url_of(const std::string& member, const std::string& listens_at) = 0;
  /// What a server gets as --store, when etcd runs.
  virtual std::string store_of(const std::string& server, const EtcdCluster& etcd) = 0;
  /// Further options of a server, which listens at `port` of 127.0.0.1. Asked before its first
  /// start.
  virtual std::vector<std::string> options_of(const std::string& server, std::uint16_t port) = 0;
};

}  // namespace dcount::sim
