#include "cli/cluster_status.h"

#include "sim/cluster_lock.h"
#include "sim/cluster_state.h"
#include "sim/etcd_status.h"

namespace dcount::cli {
namespace {

constexpr std::chrono::milliseconds probe_time{1000};

struct PartStatus {
  bool running = false;
  bool ready = false;
  std::optional<sim::EtcdStatus> etcd;
};

PartStatus look_at(const sim::ClusterState::Part& part) {
  PartStatus status{.running = sim::runs(part.process)};
  if (!status.running) return status;
  if (part.is_server) {
    status.ready = sim::server_ready(part.url, probe_time);
  } else {
    status.ready = sim::etcd_healthy(part.url, probe_time);
    if (status.ready) status.etcd = sim::etcd_status(part.url, probe_time);
  }
  return status;
}

/// A member that was cut off may not know yet that it leads no more: the newest term counts.
std::optional<std::size_t> leader_among(const std::vector<PartStatus>& all) {
  std::optional<std::size_t> leader;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].etcd || !all[i].etcd->leads) continue;
    if (!leader || all[i].etcd->term > all[*leader].etcd->term) leader = i;
  }
  return leader;
}

Json document(const sim::ClusterState& state, const std::vector<PartStatus>& all,
              std::optional<std::size_t> leader) {
  Json document = sim::to_json(state);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Json& part = document["processes"][i];
    part["running"] = all[i].running;
    part["ready"] = all[i].ready;
    if (!state.parts[i].is_server) part["leader"] = leader == i;
  }
  return document;
}

Table table(const sim::ClusterState& state, const std::vector<PartStatus>& all,
            std::optional<std::size_t> leader) {
  Table table{.columns = {"NAME", "STATE", "READY", "LEADER", "PID", "URL"},
              .right = {false, false, false, false, true}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& part = state.parts[i];
    table.rows.push_back({part.name, all[i].running ? "running" : "stopped",
                          all[i].ready ? "yes" : "no", leader == i ? "leader" : "-",
                          all[i].running ? std::to_string(part.process.pid) : "-", part.url});
  }
  return table;
}

}  // namespace

ExitCode cluster_status(const std::string& directory, Context& context) {
  const auto holder = sim::ClusterLock::holder(directory);
  if (!holder) {
    return context.output.fail(ExitCode::not_found, "no cluster runs in " + directory +
                                                        "; 'dcount cluster up' starts one");
  }
  const auto state = sim::read_state(directory);
  if (!state || state->supervisor != *holder) {
    return context.output.fail(ExitCode::unavailable,
                               "the cluster in " + directory + " is about to start");
  }
  std::vector<PartStatus> all;
  for (const auto& part : state->parts) all.push_back(look_at(part));
  const auto leader = leader_among(all);
  if (context.output.json()) {
    context.output.document(document(*state, all, leader));
  } else {
    context.output.table(table(*state, all, leader));
  }
  return ExitCode::ok;
}

}  // namespace dcount::cli
