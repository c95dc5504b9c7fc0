// This server as a node of its cluster: registers it, keeps its lease's value, probes the others,
// notes in the store who is dead or back, and keeps the engine from serving by a wrong clock.
//
// One thread, which wakes four times a second and when something has come; it knows what it knows
// through commands of its own to the engine, and goes on with what it knew when the store cannot be
// reached.
//
// Thread-safety: start and stop from one thread; the rest from any. The engine outlives the
// service's thread (stop), and is stopped before the service is destroyed: it may still complete.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/engine/engine.h"
#include "server/nodes/membership.h"
#include "server/nodes/prober.h"

namespace dcount::nodes {

struct NodeServiceOptions {
  std::string name;
  bool leases = true;                   ///< the store keeps them: it is not exclusive
  std::chrono::milliseconds tick{250};  ///< between lists of nodes
  ProberOptions prober;
  std::function<void()> on_tick;  ///< on the service's thread, with every tick; empty: nothing
  std::function<core::DiskUse()> disk_use;  ///< of this node; empty: nothing to tell
};

/// What a moment ago was so.
struct NodeSnapshot {
  std::vector<NodeStatus> nodes;  ///< in the order of names, this server among them
  std::size_t live = 1;           ///< not dead
  ClockVerdict clock;
  bool listed = false;  ///< the store has been asked: before, only this server is known
};

class NodeService {
 public:
  NodeService(engine::Engine& engine, const engine::Clock& clock, NodeServiceOptions options);
  ~NodeService();

  /// Once. Registers this server under these addresses (is_node_address) and keeps its lease.
  /// `program`: dcount's version. Returns when the store has the record and has said who else there
  /// is, or when the first try has failed (the engine's deadline); it is tried again then.
  void start(core::NodeAddresses addresses, std::string program);

  /// Ends the thread and all probes. The lease goes when the store is closed.
  void stop();

  NodeSnapshot snapshot() const;

  /// Nodes that may hold blocks of cached sequences: all that are known, at least 1. Dead ones
  /// count until they are forgotten: one that is cut off still hands out what it has leased.
  std::int64_t known_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcount::nodes
