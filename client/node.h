// What servers tell of themselves and each other.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcount::client {

/// One server of a cluster, as the server that was asked sees it. Times are Unix seconds, by the
/// servers' clocks.
struct NodeInfo {
  std::string name;
  std::string address;   ///< host:port for clients
  std::string internal;  ///< for other servers
  std::string state;     ///< alive, suspected or dead
  std::string reason;    ///< why it is not alive
  std::string version;   ///< of dcount
  std::int64_t last_seen_s = 0;
  std::int64_t since_s = 0;  ///< how long it has been in this state
  std::vector<std::string> reaches;
  std::int64_t packages = 0;
  std::int64_t bytes = 0;                  ///< of them
  std::optional<std::int64_t> free_bytes;  ///< on the disk they are on
  bool self = false;                       ///< the one that was asked
};

struct ClusterState {
  std::vector<NodeInfo> nodes;  ///< in the order of names
  bool ready = false;           ///< the one that was asked
  std::string why;              ///< not ready
  std::string document;         ///< all of it, as it came: JSON
};

}  // namespace dcount::client
