#include "sim/scenario/contradiction.h"

#include <charconv>

namespace dcount::sim {
namespace {

/// Fewer have no two that are not neighbours.
constexpr std::int64_t ring_members_min = 4;
/// So many are drawn at the least (draw.cpp).
constexpr std::int64_t tails_drawn_min = 4;

bool needs_etcd(FaultKind kind) {
  return kind == FaultKind::isolate || kind == FaultKind::halves || kind == FaultKind::ring ||
         kind == FaultKind::compaction || kind == FaultKind::membership;
}

bool needs_a_disk(FaultKind kind) {
  return kind == FaultKind::disk_full || kind == FaultKind::fail_sync;
}

/// What only packages have.
std::string wrong_packages(const WorkloadSpec& workload) {
  if (workload.kind == WorkloadKind::packages) {
    const double shares = workload.reads.value_or(0) + workload.removes.value_or(0);
    if (shares > 1) return ": reads and removes are more than 1";
    if (workload.keyed == false) return ".keyed: uploads without Idempotency-Keys are not judged";
    return "";
  }
  for (const auto& [name, given] : {std::pair("owners", workload.owners.has_value()),
                                    std::pair("bytes_max", workload.bytes_max.has_value()),
                                    std::pair("removes", workload.removes.has_value()),
                                    std::pair("expires", workload.expires.has_value()),
                                    std::pair("lives_s", workload.lives_s.has_value())}) {
    if (given) return std::string(".") + name + " is of packages only";
  }
  return "";
}

/// The part of "server:2" behind the colon; "" without one.
std::string number_of(const std::string& target) {
  const auto colon = target.find(':');
  return colon == std::string::npos ? "" : target.substr(colon + 1);
}

/// "": there are so many of them.
std::string wrong_number(const std::string& target, std::int64_t count) {
  const std::string which = number_of(target);
  std::int64_t number = 0;
  const auto read = std::from_chars(which.data(), which.data() + which.size(), number);
  if (read.ec == std::errc() && read.ptr == which.data() + which.size() && number >= 1 &&
      number <= count) {
    return "";
  }
  return "cannot be '" + target + "': there are " + std::to_string(count) + " of them";
}

/// How many clients of a kind there are at least; those that are drawn are at least so many.
std::int64_t clients_of(const Scenario& scenario, WorkloadKind kind, std::int64_t drawn_min) {
  std::int64_t clients = 0;
  for (const WorkloadSpec& workload : scenario.workloads) {
    if (workload.kind == kind) clients += workload.clients.value_or(drawn_min);
  }
  return clients;
}

/// Whether the words name a process that the cluster has, or may have.
std::string wrong_process(const std::string& target, const ClusterSpec& cluster) {
  const std::string what = target.substr(0, target.find(':'));
  const std::string which = number_of(target);
  if (what != "server" && what != "member") {
    return "must be 'server', 'server:1', 'member', 'member:1' or 'member:leader', not '" + target +
           "'";
  }
  const bool server = what == "server";
  if (!server && cluster.engine == EngineKind::embedded) {
    return "cannot be '" + target + "': the embedded engine has no members";
  }
  if (target.find(':') == std::string::npos || (!server && which == "leader")) return "";
  return wrong_number(target, server ? cluster.servers : cluster.members);
}

std::string wrong_reader(const FaultSpec& fault, const Scenario& scenario) {
  const std::int64_t tails = clients_of(scenario, WorkloadKind::tails, tails_drawn_min);
  if (tails == 0) return ".kind: 'slow-reader' needs a workload of tails";
  if (!fault.target || *fault.target == "tail" || *fault.target == "tails") return "";
  const bool numbered = fault.target->starts_with("tail:");
  if (!numbered) {
    return ".target must be 'tails', 'tail' or 'tail:1', not '" + *fault.target + "'";
  }
  const std::string wrong = wrong_number(*fault.target, tails);
  return wrong.empty() ? "" : ".target " + wrong;
}

/// A fault of `dcount mirror`.
std::string wrong_mirror(const FaultSpec& fault, const Scenario& scenario) {
  const bool of_processes = fault.kind == FaultKind::kill || fault.kind == FaultKind::restart ||
                            fault.kind == FaultKind::pause;
  if (!of_processes) {
    return ".target cannot be '" + *fault.target +
           "': only kill, restart and pause are for mirrors";
  }
  const std::int64_t mirrors = clients_of(scenario, WorkloadKind::mirror, 1);
  if (mirrors == 0) return ".target '" + *fault.target + "' needs a workload of kind mirror";
  if (*fault.target == "mirror") return "";
  const std::string wrong = wrong_number(*fault.target, mirrors);
  return wrong.empty() ? "" : ".target " + wrong;
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

/// Of what is done to packages, or while something is done with them.
std::string wrong_with_packages(const FaultSpec& fault, const Scenario& scenario) {
  const bool kill = fault.kind == FaultKind::kill;
  if (fault.amid && !kill) return ".amid is of kills only";
  if (!fault.amid && !hurts_packages(fault.kind)) return "";
  const std::string what = fault.amid ? ".amid" : ".kind: '" + std::string(name(fault.kind)) + "'";
  if (!has_packages(scenario)) return what + " needs a workload of kind packages";
  if (fault.target && !fault.target->starts_with("server")) return ".target must be a server";
  const bool several = scenario.cluster.servers > 1;
  if (fault.amid && fault.amid != Amid::upload && !several) {
    return ".amid: one server has nobody to fetch packages from";
  }
  if (fault.amid != Amid::repair) return "";
  for (const WorkloadSpec& workload : scenario.workloads) {
    // Else a transfer may be a reader's.
    if (workload.kind == WorkloadKind::packages && workload.reads != 0.0) {
      return ".amid 'repair' needs packages with reads 0";
    }
  }
  return "";
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
  if (auto wrong = wrong_with_packages(fault, scenario); !wrong.empty()) return wrong;
  if (hurts_a_link(fault.kind)) return wrong_link(fault, cluster);
  if (fault.kind == FaultKind::slow_reader) return wrong_reader(fault, scenario);
  if (!fault.target) return "";
  if (fault.target->substr(0, fault.target->find(':')) == "mirror") {
    return wrong_mirror(fault, scenario);
  }
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

/// Of who watches counters, and what only they have.
std::string wrong_watching(const WorkloadSpec& workload, const Scenario& scenario) {
  const bool tails = workload.kind == WorkloadKind::tails;
  if (!tails && workload.format) return ".format is of tails only";
  if (!tails && workload.snapshots) return ".snapshots is of tails only";
  if (operates(workload.kind)) return workload.watch ? ".watch is of tails and mirrors only" : "";
  for (const auto& [name, given] : {std::pair("rate", workload.rate.has_value()),
                                    std::pair("operations", workload.operations.has_value()),
                                    std::pair("retry_s", workload.retry_s.has_value())}) {
    if (given) return std::string(".") + name + " is of those who write only";
  }
  if (clients_of(scenario, WorkloadKind::counters, 1) == 0) {
    return ": there are no counters to watch";
  }
  if (!tails && (workload.watch == Watch::keys || workload.watch == Watch::mixed)) {
    return ".watch of a mirror is 'all' or 'collection'";
  }
  if (!tails && workload.reach == Reach::all) return ".reach of a mirror is 'home': it has one URL";
  if (workload.format == TailFormat::lockstep && workload.watch == Watch::keys) {
    return ".watch cannot be 'keys': lockstep has no feed of single counters";
  }
  return "";
}

}  // namespace

std::string contradiction(const Scenario& scenario) {
  if (scenario.workloads.empty()) return "workloads must have at least one";
  if (scenario.cluster.engine == EngineKind::embedded && scenario.cluster.servers != 1) {
    return "cluster.servers must be 1 with the embedded engine: its data are in one process";
  }
  for (std::size_t i = 0; i < scenario.workloads.size(); ++i) {
    std::string wrong = wrong_workload(scenario.workloads[i]);
    if (wrong.empty()) wrong = wrong_packages(scenario.workloads[i]);
    if (wrong.empty()) wrong = wrong_watching(scenario.workloads[i], scenario);
    if (!wrong.empty()) return "workloads[" + std::to_string(i) + "]" + wrong;
  }
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const std::string wrong = wrong_fault(scenario.faults[i], scenario);
    if (!wrong.empty()) return "faults[" + std::to_string(i) + "]" + wrong;
  }
  return "";
}

}  // namespace dcount::sim
