#include "server/nodes/membership.h"

#include <algorithm>
#include <set>
#include <utility>

namespace dcount::nodes {
namespace {

/// Whether what else is known of it, from probes, is still of this one.
bool is_same_process(const core::ListedNode& before, const core::ListedNode& after) {
  if (before.presence.has_value() != after.presence.has_value()) return false;
  if (before.node.has_value() != after.node.has_value()) return false;
  return !after.node || before.node->addresses == after.node->addresses;
}

std::int64_t version_of(const core::ListedNode& listed) {
  return listed.node ? listed.node->version : 0;
}

}  // namespace

const char* to_string(NodeState state) {
  switch (state) {
    case NodeState::alive:
      return "alive";
    case NodeState::suspected:
      return "suspected";
    case NodeState::dead:
      return "dead";
  }
  return "";
}

Membership::Membership(std::string self, bool leases, std::int64_t now_ms)
    : self_(std::move(self)), leases_(leases), now_ms_(now_ms) {
  core::ListedNode listed;
  listed.name = self_;
  take_in(listed);
  members_[self_].state = NodeState::alive;
}

void Membership::on_list(std::span<const core::ListedNode> nodes, std::int64_t now_ms) {
  now_ms_ = now_ms;
  std::set<std::string> listed{self_};
  bool has_self = false;
  for (const core::ListedNode& node : nodes) {
    take_in(node);
    listed.insert(node.name);
    has_self = has_self || node.name == self_;
  }
  if (!has_self) take_in({.name = self_, .node = {}, .presence = {}});
  std::erase_if(members_, [&](const auto& member) { return !listed.contains(member.first); });
  for (auto& [name, member] : members_) judge(name, member);
}

void Membership::take_in(const core::ListedNode& listed) {
  const auto [at, added] = members_.try_emplace(listed.name);
  Member& member = at->second;
  if (added) {
    member.last_seen_ms = listed.node ? listed.node->at_ms : 0;
    member.since_ms = now_ms_;
  }
  const bool changed = added || version_of(member.listed) != version_of(listed);
  if (changed) member.changed_ms = now_ms_;
  const bool lost = member.listed.presence.has_value() && !listed.presence;
  // Who registers is about to take its lease.
  const bool registered = changed && listed.node && !listed.node->dead;
  if (added || lost || registered) member.unleased_ms = now_ms_;
  if (added || !is_same_process(member.listed, listed)) {
    member.fresh_until_ms = now_ms_ + fresh_ms;
    member.reached = false;
    member.probe_failures = 0;
    member.clock.reset();
  }
  member.listed = listed;
  if (listed.presence) member.disk = listed.presence->disk;
  if (is_leased(listed.name, member)) member.last_seen_ms = now_ms_;
}

bool Membership::is_leased(const std::string& name, const Member& member) const {
  return leases_ ? member.listed.presence.has_value() : name == self_;
}

void Membership::set(Member& member, NodeState state, std::string reason) {
  if (member.state != state) member.since_ms = now_ms_;
  member.state = state;
  member.reason = std::move(reason);
}

void Membership::judge(const std::string& name, Member& member) {
  const bool marked = member.listed.node && member.listed.node->dead;
  if (!is_leased(name, member)) {
    const bool gone = now_ms_ - member.unleased_ms >= lease_gone_max_ms;
    return set(member, gone || marked ? NodeState::dead : NodeState::suspected,
               "its lease is gone");
  }
  if (!leases_) return set(member, NodeState::alive, "");
  // Before it can be judged, what others have found holds.
  if (is_fresh(member)) {
    return marked ? set(member, NodeState::dead, "it was marked dead")
                  : set(member, NodeState::alive, "");
  }
  std::size_t others = 0;
  std::size_t accusers = 0;
  for (const auto& [other_name, other] : members_) {
    if (other_name == name || !other.listed.presence) continue;
    ++others;
    if (is_fresh(other)) continue;
    accusers += std::ranges::count(other.listed.presence->reaches, name) == 0 ? 1 : 0;
  }
  if (accusers == 0) return set(member, NodeState::alive, "");
  const auto state = 2 * accusers > others ? NodeState::dead : NodeState::suspected;
  set(member, state,
      std::to_string(accusers) + " of " + std::to_string(others) + " other nodes cannot reach it");
}

void Membership::on_probe(const Probe& probe) {
  const auto at = members_.find(probe.peer.name);
  if (at == members_.end()) return;
  Member& member = at->second;
  const auto& node = member.listed.node;
  if (!member.listed.presence || !node) return;
  if (node->addresses.internal != probe.peer.internal) return;
  if (probe.answered) {
    member.reached = true;
    member.probe_failures = 0;
    member.clock = probe.clock;
  } else if (++member.probe_failures >= probe_failures_max) {
    member.reached = false;
    member.clock.reset();
  }
}

std::vector<NodeStatus> Membership::nodes() const {
  std::vector<NodeStatus> all;
  for (const auto& [name, member] : members_) {
    NodeStatus& node = all.emplace_back();
    node.name = name;
    if (member.listed.node) {
      node.addresses = member.listed.node->addresses;
      node.program = member.listed.node->program;
    }
    node.state = member.state;
    node.reason = member.reason;
    node.since_ms = member.since_ms;
    node.last_seen_ms = member.last_seen_ms;
    if (member.listed.presence) node.reaches = member.listed.presence->reaches;
    node.disk = member.disk;
    node.self = name == self_;
  }
  return all;
}

std::size_t Membership::live() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      members_, [](const auto& member) { return member.second.state != NodeState::dead; }));
}

std::vector<Peer> Membership::peers() const {
  std::vector<Peer> peers;
  for (const auto& [name, member] : members_) {
    if (name == self_ || !member.listed.presence || !member.listed.node) continue;
    peers.push_back({name, member.listed.node->addresses.internal});
  }
  return peers;
}

core::Presence Membership::presence() const {
  core::Presence presence;
  for (const auto& [name, member] : members_) {
    if (name != self_ && member.reached) presence.reaches.push_back(name);
  }
  return presence;
}

std::vector<core::MarkNode> Membership::marks() const {
  std::vector<core::MarkNode> marks;
  for (const auto& [name, member] : members_) {
    if (!member.listed.node) continue;
    const core::Node& node = *member.listed.node;
    const bool leased = is_leased(name, member);
    const bool dead = member.state == NodeState::dead;
    // That it is dead is for others to say; that it has come back, for anybody.
    const bool has_died = dead && !node.dead && name != self_;
    const bool is_back = !dead && node.dead && leased;
    if (!has_died && !is_back) continue;
    marks.push_back({name, dead, node.version, member.listed.presence.has_value()});
  }
  return marks;
}

std::vector<core::ForgetNode> Membership::to_forget() const {
  std::vector<core::ForgetNode> gone;
  for (const auto& [name, member] : members_) {
    if (name == self_ || !member.listed.node || member.listed.presence) continue;
    const std::int64_t quiet_ms = now_ms_ - std::max(member.since_ms, member.changed_ms);
    if (member.state != NodeState::dead || quiet_ms < forget_after_ms) continue;
    gone.push_back({name, member.listed.node->version});
  }
  return gone;
}

ClockVerdict Membership::clock() const {
  std::vector<ClockOffset> others;
  for (const auto& [name, member] : members_) {
    if (name != self_ && member.clock) others.push_back(*member.clock);
  }
  return judge_clock(others);
}

}  // namespace dcount::nodes
