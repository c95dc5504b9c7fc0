// The cluster under test: real processes, links between all of them, and the way to the edges of
// servers that can be made to misbehave.
//
// Thread-safety: one thread. All processes end with the object, and with this process.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/faulty/control_client.h"
#include "sim/links/cluster_links.h"
#include "sim/local_cluster.h"
#include "sim/scenario/load.h"
#include "sim/scenario/mirror_process.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/subscribers.h"

namespace dcount::sim {

/// The programs that are run.
struct Programs {
  std::filesystem::path dcount;  ///< the production server; empty: this program itself
  std::filesystem::path faulty;  ///< dcount-faulty; empty: beside this program
};

struct TestbedOptions {
  ClusterSpec cluster;
  bool packages = false;            ///< repairs do not take the time that they have in production
  std::filesystem::path directory;  ///< data, logs and ports
  std::uint64_t seed = 1;           ///< of what links do
  Programs programs;
  bool faulty = false;  ///< servers with a clock and a disk that can be told to misbehave
};

/// A process: etcd's member `index`, a server, a mirror.
struct Part {
  enum class Kind { server, member, mirror };
  Kind kind = Kind::server;
  std::size_t index = 0;
};

class Testbed {
 public:
  /// Starts everything and waits until it is ready. Errors: a program is missing, cannot be run or
  /// is not ready in time; then nothing runs.
  static Result<std::unique_ptr<Testbed>> start(const TestbedOptions& options);
  ~Testbed();

  /// Servers as clients reach them: through their links.
  const std::vector<ServerPlace>& servers() const { return servers_; }
  LocalCluster& cluster() { return cluster_; }
  ClusterLinks& links() { return *links_; }
  bool has_etcd() const { return cluster_.etcd().size() > 0; }

  /// Mirrors and subscribers are given to it, for faults to find.
  Result<void> start_mirror(MirrorSettings settings);
  const std::vector<MirrorProcess>& mirrors() const { return mirrors_; }
  /// What was done to a server's packages behind its back.
  struct HurtDisk {
    std::size_t server = 0;
    std::string corrupted;  ///< whose file had a bit turned over; empty: all were removed
  };
  void note_hurt(HurtDisk disk) { hurt_disks_.push_back(std::move(disk)); }
  const std::vector<HurtDisk>& hurt_disks() const { return hurt_disks_; }
  void attach(Subscribers* subscribers) { subscribers_ = subscribers; }
  Subscribers* subscribers() { return subscribers_; }

  /// Which process a fault's target is now: "server:2", "member:1", "member:leader", "mirror:1".
  /// Error: there is none.
  Result<Part> find(const std::string& target);
  /// "node-2", "etcd-1".
  std::string name(const Part& part) const;

  const Process* process(const Part& part) const;
  bool running(const Part& part) const;
  /// Whether SIGSTOP holds it: /proc says so.
  bool stopped(const Part& part) const;
  Result<void> launch(const Part& part);
  void kill(const Part& part);
  void stop(const Part& part);  ///< by SIGTERM
  void pause(const Part& part);
  void resume(const Part& part);

  /// One command to dcount-faulty's control socket (sim/faulty/control_client.h), and how the
  /// server's edges are then.
  Result<faulty::FaultyState> control(std::size_t server, const Json& command);

  /// Runs whatever does not run.
  Result<void> launch_all();
  /// How each server ended when it was asked to: an exit code that is not 0, for people.
  std::string stop();
  /// Removes data; logs go to `logs`, under the names of processes.
  void keep_only_logs(const std::filesystem::path& logs);

 private:
  Testbed(TestbedOptions options, std::unique_ptr<ClusterLinks> links);

  const TestbedOptions options_;
  const std::filesystem::path sockets_;  // of dcount-faulty; empty: none
  std::unique_ptr<ClusterLinks> links_;  // outlives the cluster
  LocalCluster cluster_;
  std::vector<ServerPlace> servers_;
  std::vector<MirrorProcess> mirrors_;
  Subscribers* subscribers_ = nullptr;
  std::vector<HurtDisk> hurt_disks_;
};

/// Where dcount-faulty is when it is beside this program.
std::filesystem::path faulty_beside_this_program();

}  // namespace dcount::sim
