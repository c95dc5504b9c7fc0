// Who is there, as this server sees it: from what the store holds of nodes and from its own probes.
// Step-driven: no thread, no clock, no I/O inside.
//
// Times are milliseconds of this server's own clock, which never goes back. No time that another
// machine has written decides anything.
//
// A node is
//   alive      it has its lease, and no other node says that it cannot reach it;
//   suspected  its lease has been gone for less than 3 s, or some others cannot reach it;
//   dead       its lease has been gone for 3 s, or more than half of the other nodes that have
//   their
//              lease cannot reach it.
// Nobody is judged by probes before others have had the time to make some (fresh_ms after its lease
// or its address was seen first), and whoever is that fresh itself accuses nobody.
//
// Thread-safety: none; one thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/node.h"
#include "server/core/outcome.h"
#include "server/nodes/clock_offset.h"

namespace dcount::nodes {

inline constexpr std::int64_t lease_gone_max_ms = 3000;
inline constexpr std::int64_t fresh_ms = 5000;
inline constexpr int probe_failures_max = 3;  ///< in a row; then it is not reached
inline constexpr std::int64_t forget_after_ms = std::int64_t{24} * 3600 * 1000;

enum class NodeState { alive, suspected, dead };

/// "alive", "suspected", "dead".
const char* to_string(NodeState state);

/// Whom to ask, and where.
struct Peer {
  std::string name;
  std::string internal;  ///< address

  bool operator==(const Peer&) const = default;
};

/// What came of asking.
struct Probe {
  Peer peer;
  bool answered = false;  ///< it said that it is this node
  ClockOffset clock;      ///< when it answered
};

struct NodeStatus {
  std::string name;
  core::NodeAddresses addresses;  ///< empty: not registered
  std::string program;
  NodeState state = NodeState::alive;
  std::string reason;             ///< why it is not alive, for people
  std::int64_t since_ms = 0;      ///< it has been in this state, as this server sees it
  std::int64_t last_seen_ms = 0;  ///< with its lease; before this server's time: its record's
  std::vector<std::string> reaches;
  core::DiskUse disk;  ///< as it told last
  bool self = false;
};

class Membership {
 public:
  /// `leases`: the store keeps them. Without (a store of one process's) this server is alive and
  /// all others are gone.
  Membership(std::string self, bool leases, std::int64_t now_ms);

  /// What the store holds now. Everybody is judged anew.
  void on_list(std::span<const core::ListedNode> nodes, std::int64_t now_ms);

  /// A probe of an address that is not the node's any more is passed over, and one of a node
  /// without a lease.
  void on_probe(const Probe& probe);

  /// In the order of names; this server is always among them.
  std::vector<NodeStatus> nodes() const;
  std::size_t known() const { return members_.size(); }
  std::size_t live() const;  ///< not dead

  /// The other nodes that have their lease and a record.
  std::vector<Peer> peers() const;

  /// What others are to know of this server.
  core::Presence presence() const;

  /// What the store should be told of nodes that are dead now or alive again.
  std::vector<core::MarkNode> marks() const;

  /// Nodes without a lease that have been dead, and whose record has not changed, for 24 h.
  std::vector<core::ForgetNode> to_forget() const;

  /// Of the others that have their lease and answer probes.
  ClockVerdict clock() const;

 private:
  struct Member {
    core::ListedNode listed;
    std::int64_t fresh_until_ms = 0;
    std::int64_t unleased_ms = 0;  ///< since when it has no lease
    std::int64_t changed_ms = 0;   ///< when its record's version was seen first
    std::int64_t last_seen_ms = 0;
    bool reached = false;
    int probe_failures = 0;
    std::optional<ClockOffset> clock;
    NodeState state = NodeState::suspected;
    std::string reason;
    std::int64_t since_ms = 0;
    core::DiskUse disk;
  };

  void take_in(const core::ListedNode& listed);
  void judge(const std::string& name, Member& member);
  void set(Member& member, NodeState state, std::string reason);
  bool is_leased(const std::string& name, const Member& member) const;
  bool is_fresh(const Member& member) const { return now_ms_ < member.fresh_until_ms; }

  const std::string self_;
  const bool leases_;
  std::int64_t now_ms_;  ///< of the last list
  std::map<std::string, Member> members_;
};

}  // namespace dcount::nodes
