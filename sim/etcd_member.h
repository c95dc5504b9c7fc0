// One member of an etcd cluster: a real process, its ports, its directory.
//
// Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/etcd_status.h"
#include "sim/free_port.h"
#include "sim/http_probe.h"
#include "sim/process.h"

namespace dcount::sim {

/// What all members of a cluster have in common. The flags are those that dcount's store wants.
struct EtcdOptions {
  std::filesystem::path directory;  ///< of the cluster: data, logs and ports of all members
  std::size_t members = 3;
  std::string program = "etcd";  ///< a path, or a name in PATH
  /// After this many bytes etcd takes no more writes (NOSPACE). 0: etcd's own, 2 GiB.
  std::int64_t quota_backend_bytes = 0;
  int max_txn_ops = 4096;
  std::int64_t max_request_bytes = 8 << 20;
  TlsFiles tls;  ///< for clients; members speak plain HTTP to each other
  std::vector<std::string> more_flags;
  /// Makes what a member, given its name and the peer URL that it listens at, advertises to the
  /// others; empty: the same. Asked before each start.
  std::function<std::string(const std::string&, const std::string&)> advertised_peer_url;
};

class EtcdMember {
 public:
  /// Takes the ports it had in its directory, or free ones; makes the directory.
  static Result<EtcdMember> make(const EtcdOptions& options, const std::string& name);

  /// `cluster` is etcd's --initial-cluster: all members. Returns once the process runs, which is
  /// before it answers; nothing to do when it runs already. The data are those it left.
  Result<void> start(const EtcdOptions& options, const std::string& cluster);
  /// From now on it starts as one that joins a cluster which is there already.
  void join_existing() { joins_ = true; }
  void kill();                                ///< SIGKILL
  void stop(std::chrono::milliseconds time);  ///< SIGTERM; SIGKILL after the time
  void pause();                               ///< SIGSTOP
  void resume();

  bool running() const { return process_ && process_->running(); }
  bool paused() const { return paused_; }
  /// The process, running or not; nullptr before the first start.
  const Process* process() const { return process_ ? &*process_ : nullptr; }

  const std::string& name() const { return name_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path log() const { return directory_ / "log"; }
  std::string client_url() const;  ///< "http://127.0.0.1:20123"
  std::string address() const;     ///< the same without the scheme
  std::string peer_url() const;    ///< where it listens
  /// What the others connect to.
  std::string advertised_peer_url(const EtcdOptions& options) const;

  /// Whether it serves, which takes a quorum.
  bool healthy(std::chrono::milliseconds at_most) const;
  /// Nothing when it does not answer in time.
  std::optional<EtcdStatus> status(std::chrono::milliseconds at_most) const;

 private:
  EtcdMember(std::string name, std::filesystem::path directory, FreePort client, FreePort peer,
             TlsFiles tls);
  std::vector<std::string> arguments(const EtcdOptions& options, const std::string& cluster) const;

  std::string name_;
  std::filesystem::path directory_;
  FreePort client_port_;
  FreePort peer_port_;
  TlsFiles tls_;
  std::optional<Process> process_;
  bool paused_ = false;
  bool joins_ = false;
};

}  // namespace dcount::sim
