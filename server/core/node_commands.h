// What can be asked of nodes, the servers of the cluster. These commands come from servers, not
// from clients: they are decided also while a restore runs and while the engine is suspended.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <string>

namespace dcount::core {

/// Each "host:port", or "[address]:port" (is_node_address).
struct NodeAddresses {
  std::string external;  ///< for clients
  std::string internal;  ///< for the other nodes

  bool operator==(const NodeAddresses&) const = default;
};

/// This node is here now: it is not dead any more, nor forgotten. Nothing is written when all of it
/// is known already.
struct RegisterNode {
  std::string name;
  NodeAddresses addresses;
  std::string program;  ///< the version of dcount, without spaces
};

/// Notes that a node is dead, or alive again. Refused (precondition_failed) when it is not as it
/// was seen: its record's version, and whether it had its lease.
struct MarkNode {
  std::string name;
  bool dead = true;
  std::int64_t seen_version = 0;
  bool seen_leased = false;
};

/// Leaves a tombstone. Refused (precondition_failed) while the node has its lease, and when its
/// record has changed since it was seen.
struct ForgetNode {
  std::string name;
  std::int64_t seen_version = 0;
};

/// All of them, in the order of names.
struct ListNodes {};

}  // namespace dcount::core
