#include "sim/local_cluster.h"

#include <signal.h>

namespace dcount::sim {
namespace {

/// How long a restart waits for the process to be ready.
constexpr std::chrono::seconds restart_time{5};

EtcdOptions etcd_options(const LocalClusterOptions& cluster) {
  EtcdOptions options = cluster.etcd;
  options.directory = cluster.directory;
  if (Wiring* wiring = cluster.wiring) {
    options.advertised_peer_url = [wiring](const std::string& member, const std::string& at) {
      return wiring->peer_url_of(member, at);
    };
  }
  return options;
}

/// Not ready yet is well enough, as long as it runs.
Result<void> unless_ended(Result<void> ready, bool running) {
  if (ready || running) return {};
  return ready;
}

}  // namespace

LocalCluster::LocalCluster(LocalClusterOptions options)
    : options_(std::move(options)), etcd_(etcd_options(options_)) {}

Result<void> LocalCluster::start() {
  if (etcd_.size() > 0) {
    if (auto started = etcd_.start(); !started) return started;
  }
  auto started = start_servers();
  if (!started) stop();
  return started;
}

Result<void> LocalCluster::make_servers() {
  while (servers_.size() < options_.servers) {
    ServerOptions options = options_.server;
    options.name = "node-" + std::to_string(servers_.size() + 1);
    options.directory = options_.directory / options.name;
    options.store = etcd_.size() > 0 ? etcd_.store() : "rocks";
    if (options_.wiring != nullptr && etcd_.size() > 0) {
      options.store = options_.wiring->store_of(options.name, etcd_);
    }
    if (options_.each_server) options_.each_server(options);
    auto server = ServerProcess::make(std::move(options));
    if (!server) return server.error();
    if (options_.wiring != nullptr) {
      server->add_options(options_.wiring->options_of(server->name(), server->port()));
    }
    servers_.push_back(std::move(*server));
  }
  return {};
}

Result<void> LocalCluster::start_servers() {
  if (auto made = make_servers(); !made) return made;
  for (auto& server : servers_) {
    if (auto launched = server.launch(); !launched) return launched;
  }
  for (auto& server : servers_) {
    if (auto ready = server.wait_ready(); !ready) return ready;
  }
  return {};
}

void LocalCluster::stop() {
  for (const auto& server : servers_) {
    if (server.process() != nullptr) server.process()->signal(SIGTERM);
  }
  for (auto& server : servers_) server.stop();
  etcd_.stop();
}

Result<void> LocalCluster::restart(const std::string& name) {
  for (std::size_t i = 0; i < etcd_.members().size(); ++i) {
    if (etcd_.member(i).name() != name) continue;
    etcd_.stop(i);
    if (auto started = etcd_.start(i); !started) return started;
    return unless_ended(etcd_.wait_healthy(restart_time), etcd_.member(i).running());
  }
  for (auto& server : servers_) {
    if (server.name() != name) continue;
    server.stop();
    if (auto launched = server.launch(); !launched) return launched;
    return unless_ended(server.wait_ready(restart_time), server.running());
  }
  return Error{Certainty::definite, "no process of the cluster is called " + name};
}

std::string LocalCluster::server_urls() const {
  std::string urls;
  for (const auto& server : servers_) urls += (urls.empty() ? "" : ",") + server.url();
  return urls;
}

std::vector<ClusterPart> LocalCluster::parts() const {
  std::vector<ClusterPart> parts;
  for (const auto& member : etcd_.members()) {
    parts.push_back({member.name(), false, member.client_url(), member.directory(), member.log(),
                     member.process()});
  }
  for (const auto& server : servers_) {
    parts.push_back(
        {server.name(), true, server.url(), server.directory(), server.log(), server.process()});
  }
  return parts;
}

}  // namespace dcount::sim
