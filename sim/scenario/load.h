// The load of a run: the clients of all its workloads, each in a thread of its own.
//
// An open loop: operation k of a workload is due at k / rate, whatever became of those before, and
// whoever is free does it; when all clients wait for answers, what is due is late, and is done as
// soon as one is free (`late` says by how much). With rate 0 a closed loop: each client goes on as
// soon as it has its answer.
//
// Thread-safety: one thread's; the clients have their own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "sim/scenario/recorder.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/workload.h"

namespace dcount::sim {

/// A server as clients see it.
struct ServerPlace {
  std::string name;
  client::Endpoint endpoint;
};

class Load {
 public:
  /// `workloads` belong to `specs` one by one; all outlive the load.
  Load(const std::vector<WorkloadSpec>& specs,
       const std::vector<std::unique_ptr<Workload>>& workloads, std::vector<ServerPlace> servers,
       Recorder& recorder, std::uint64_t seed);
  ~Load();

  void start();
  /// No client begins another operation; waits for those under way.
  void stop();
  /// All that was asked for is done (workloads that have a number of operations).
  bool done() const { return running_ == 0; }

  /// One operation of each kind that is drawn rarely, once all is healed: Workload::operate_each.
  /// Not of workloads that are to do a number of operations.
  void operate_each();

  /// Every workload's final reads from every server, in turn, until the time is over. What could
  /// not be read, for people; empty: all could.
  std::string read_finally(std::chrono::milliseconds at_most);

  /// A number that no client in the journal has.
  int take_process() { return next_process_++; }

  /// How much later than due an operation began, at most.
  std::chrono::milliseconds late() const { return std::chrono::milliseconds(late_ms_); }

 private:
  struct Group;  // the clients of one workload
  void run(Group& group, Worker& worker);
  WorkerOptions worker_options(const WorkloadSpec& spec, const Workload& workload,
                               std::size_t client);
  /// Of a client that comes when all is healed.
  WorkerOptions late_options(const ServerPlace& server);

  const std::vector<WorkloadSpec>& specs_;
  const std::vector<std::unique_ptr<Workload>>& workloads_;
  const std::vector<ServerPlace> servers_;
  Recorder& recorder_;
  Random random_;
  int next_process_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> running_ = 0;
  std::atomic<std::int64_t> late_ms_ = 0;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<std::thread> threads_;
};

}  // namespace dcount::sim
