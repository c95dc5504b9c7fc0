#include "sim/scenario/contradiction.h"

#include <charconv>

namespace dcount::sim {
namespace {

/// Fewer have no two that are not neighbours.
constexpr std::int64_t ring_members_min = 4;

bool hurts_a_link(FaultKind kind) { return kind >= FaultKind::cut && kind <= FaultKind::hang; }

bool needs_etcd(FaultKind kind) {
  return kind == FaultKind::isolate || kind == FaultKind::halves || kind == FaultKind::ring ||
         kind == FaultKind::compaction || kind == FaultKind::membership;
}

bool needs_a_disk(FaultKind kind) {
  return kind == FaultKind::disk_full || kind == FaultKind::fail_sync;
}

/// Whether the words name a process that the cluster has, or may have.
std::string wrong_process(const std::string& target, const ClusterSpec& cluster) {
  const auto colon = target.find(':');
  const std::string what = target.substr(0, colon);
  const std::string which = colon == std::string::npos ? "" : target.substr(colon + 1);
  if (what != "server" && what != "member") {
    return "must be 'server', 'server:1', 'member', 'member:1' or 'member:leader', not '" + target +
           "'";
  }
  const bool server = what == "server";
  if (!server && cluster.engine == EngineKind::embedded) {
    return "cannot be '" + target + "': the embedded engine has no members";
  }
  if (colon == std::string::npos || (!server && which == "leader")) return "";
  const std::int64_t count = server ? cluster.servers : cluster.members;
  std::int64_t number = 0;
  const auto read = std::from_chars(which.data(), which.data() + which.size(), number);
  if (read.ec == std::errc() && read.ptr == which.data() + which.size() && number >= 1 &&
      number <= count) {
    return "";
  }
  return "cannot be '" + target + "': there are " + std::to_string(count) + " of them";
}

/// Of the ends of a link.
std::string wrong_link(const FaultSpec& fault, const ClusterSpec& cluster) {
  for (const auto* end : {&fault.target, &fault.to}) {
    if (!*end || **end == "clients") continue;
    if (auto wrong = wrong_process(**end, cluster); !wrong.empty()) {
      return (end == &fault.target ? ".target " : ".to ") + wrong;
    }
  }
  if (!fault.target || !fault.to) return "";
  if (*fault.target == *fault.to && fault.target->find(':') != std::string::npos) {
    return ": target and to are the same";
  }
  const bool from_clients = *fault.target == "clients";
  if (!from_clients && *fault.to != "clients") return "";
  const std::string& other = from_clients ? *fault.to : *fault.target;
  return other.starts_with("server") ? "" : ": clients have links to servers only";
}

std::string wrong_fault(const FaultSpec& fault, const Scenario& scenario) {
  const ClusterSpec& cluster = scenario.cluster;
  const std::string kind(name(fault.kind));
  const bool etcd = cluster.engine == EngineKind::etcd;
  if (!etcd && needs_etcd(fault.kind)) return ".kind: '" + kind + "' needs the engine etcd";
  if (etcd && needs_a_disk(fault.kind)) {
    return ".kind: '" + kind + "' needs the embedded engine: other servers have no disk";
  }
  if (fault.kind == FaultKind::ring && cluster.members < ring_members_min) {
    return ".kind: a 'ring' needs " + std::to_string(ring_members_min) + " members";
  }
  if (fault.kind == FaultKind::membership && cluster.members < 2) {
    return ".kind: 'membership' needs 2 members: one that stays";
  }
  if (fault.at_s && *fault.at_s >= scenario.duration_s) return ".at_s is not before duration_s";
  if (hurts_a_link(fault.kind)) return wrong_link(fault, cluster);
  if (!fault.target) return "";
  if (auto wrong = wrong_process(*fault.target, cluster); !wrong.empty()) {
    return ".target " + wrong;
  }
  const bool server = fault.target->starts_with("server");
  if (server && fault.kind == FaultKind::membership) return ".target must be a member";
  if (!server && needs_faulty_server(fault.kind)) return ".target must be a server";
  return "";
}

std::string wrong_workload(const WorkloadSpec& workload) {
  if (workload.reads.value_or(0) + workload.resets.value_or(0) + workload.batches.value_or(0) >
      1.0) {
    return ": reads, resets and batches are more than 1";
  }
  if (workload.min.value_or(0) > 0) return ".min must be at most 0, where counters begin";
  if (workload.max.value_or(0) < 0) return ".max must be at least 0, where counters begin";
  return "";
}

}  // namespace

std::string contradiction(const Scenario& scenario) {
  if (scenario.workloads.empty()) return "workloads must have at least one";
  if (scenario.cluster.engine == EngineKind::embedded && scenario.cluster.servers != 1) {
    return "cluster.servers must be 1 with the embedded engine: its data are in one process";
  }
  for (std::size_t i = 0; i < scenario.workloads.size(); ++i) {
    const std::string wrong = wrong_workload(scenario.workloads[i]);
    if (!wrong.empty()) return "workloads[" + std::to_string(i) + "]" + wrong;
  }
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const std::string wrong = wrong_fault(scenario.faults[i], scenario);
    if (!wrong.empty()) return "faults[" + std::to_string(i) + "]" + wrong;
  }
  return "";
}

}  // namespace dcount::sim
