// A real etcd cluster on this machine: one or several processes on free loopback ports, with their
// data and logs in a directory. Everything about it can be broken and healed again.
//
// Members are counted from 0 here; their names, and directories, are etcd-1, etcd-2…
//
// Thread-safety: one thread. The processes end with the object, and with this process.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sim/etcd_member.h"

namespace dcount::sim {

/// How long a cluster may take to serve.
inline constexpr std::chrono::seconds etcd_start_time{20};

class EtcdCluster {
 public:
  /// Only remembers the options; start() does the work.
  explicit EtcdCluster(EtcdOptions options);

  /// Starts all members that do not run, and waits until all are healthy. A directory that held a
  /// cluster before comes back with its data and ports. Errors: etcd is missing, a member ended
  /// (with the end of its log), a port of the old cluster is taken, the directory holds a cluster
  /// of another size, not healthy in time. After an error no member runs.
  Result<void> start();
  /// SIGTERM to all, SIGKILL after 5 s each. Data stay.
  void stop();

  /// How many it has, or will have.
  std::size_t size() const { return options_.members; }
  /// Empty before start().
  const std::vector<EtcdMember>& members() const { return members_; }
  const EtcdMember& member(std::size_t i) const { return members_.at(i); }
  std::vector<std::string> client_urls() const;
  /// What `dcount server --store` takes: "etcd://127.0.0.1:1,127.0.0.1:2".
  std::string store() const;

  void kill(std::size_t i) { members_.at(i).kill(); }  ///< SIGKILL
  void stop(std::size_t i);                            ///< SIGTERM, SIGKILL after 5 s
  /// A member that was killed, on the same ports and data. Does not wait: wait_healthy does.
  Result<void> start(std::size_t i);
  void pause(std::size_t i) { members_.at(i).pause(); }  ///< SIGSTOP
  void resume(std::size_t i) { members_.at(i).resume(); }
  /// Cuts a member off from its quorum: it goes on, the others are paused. Two clusters apart that
  /// both run cannot be had this way.
  void isolate(std::size_t i);
  /// Resumes all that are paused. What was killed stays so.
  void heal();

  /// Takes a member out of the cluster, ends it and erases its data. Error: the others have no
  /// quorum, or refuse.
  Result<void> remove(std::size_t i);
  /// Lets a member that was removed join again, as a new one without data. Does not wait.
  Result<void> add(std::size_t i);

  /// Waits until all members that run (and are not paused) are healthy. Error: one has ended, or
  /// the time is over.
  Result<void> wait_healthy(std::chrono::milliseconds at_most = etcd_start_time);
  /// POSTs a request to the gateway of any member that runs, around all links, and returns the
  /// answer's body; never to member `except`. A member has five seconds. Error: none has answered
  /// with 200, with what the last one said.
  Result<std::string> ask(const std::string& path, const std::string& request,
                          std::optional<std::size_t> except = {}) const;
  /// Who leads now, as the members say; of several who say so the one with the newest term. Takes
  /// up to half a second for a member that does not answer.
  std::optional<std::size_t> leader() const;
  Result<std::size_t> wait_for_leader(std::chrono::milliseconds at_most = etcd_start_time) const;

 private:
  Result<void> make_members();
  Result<void> start_members();
  std::string initial_cluster() const;

  EtcdOptions options_;
  std::vector<EtcdMember> members_;
};

}  // namespace dcount::sim
