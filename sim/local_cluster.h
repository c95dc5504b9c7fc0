// A whole cluster on this machine, of real processes: etcd members and dcount servers that keep
// their data there. Everything is in one directory: etcd-1, etcd-2… and node-1, node-2…, each with
// data, log and ports, so that it comes back as it was.
//
// Thread-safety: one thread. The processes end with the object, and with this process.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/etcd_cluster.h"
#include "sim/server_process.h"
#include "sim/wiring.h"

namespace dcount::sim {

struct LocalClusterOptions {
  std::filesystem::path directory;
  std::size_t servers = 3;
  EtcdOptions etcd;      ///< its directory is that of the cluster. 0 members: servers keep rocks,
                         ///< each for itself
  ServerOptions server;  ///< of each; directory, name and store are the cluster's business
  /// The last word on the options of each server; empty: none.
  std::function<void(ServerOptions&)> each_server;
  Wiring* wiring = nullptr;  ///< how they reach each other, if not directly; outlives the cluster
};

/// One of the cluster's processes, for whoever shows them all alike.
struct ClusterPart {
  std::string name;
  bool is_server = false;
  std::string url;
  std::filesystem::path directory;
  std::filesystem::path log;
  const Process* process;  ///< nullptr: never started. Valid until it is started again
};

class LocalCluster {
 public:
  /// Only remembers the options; start() does the work.
  explicit LocalCluster(LocalClusterOptions options);

  /// Starts whatever does not run: etcd, then all servers at once; waits until all are ready.
  /// Errors: as EtcdCluster::start and ServerProcess::start. After an error nothing runs.
  Result<void> start();
  /// SIGTERM to the servers, then to etcd; SIGKILL to what does not end in time. Data stay.
  void stop();
  /// Stops the one of this name if it runs, and starts it again with the same port and data. Waits
  /// a few seconds for it to be ready, which it may not be while others are missing: that is not an
  /// error. Errors: nothing is called so, it cannot be run, it has ended.
  Result<void> restart(const std::string& name);

  EtcdCluster& etcd() { return etcd_; }
  const EtcdCluster& etcd() const { return etcd_; }
  std::size_t servers() const { return servers_.size(); }
  ServerProcess& server(std::size_t i) { return servers_.at(i); }
  const ServerProcess& server(std::size_t i) const { return servers_.at(i); }

  /// Of all servers, for --server: "http://127.0.0.1:1,http://127.0.0.1:2".
  std::string server_urls() const;
  /// All of them: etcd first. Nothing before start().
  std::vector<ClusterPart> parts() const;

 private:
  Result<void> make_servers();
  Result<void> start_servers();

  LocalClusterOptions options_;
  EtcdCluster etcd_;
  std::vector<ServerProcess> servers_;
};

}  // namespace dcount::sim
