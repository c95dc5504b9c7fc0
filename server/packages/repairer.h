// Keeps what is on this node's disk and what the store says of it the same: a thread that goes over
// all packages, asks repair_plan what is to be done with each, and does it.
//
// It looks at everything when it starts, when nodes come or go, when something was found wrong, and
// every `period`: at names and lengths then. When it starts, every `deep_period` and on demand it
// reads every byte. What it throws away it first asks the store about.
//
// Thread-safety: start and stop from one thread; the rest from any. All outlive it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/engine/engine.h"
#include "server/packages/blob_store.h"
#include "server/packages/mender.h"

namespace dcount::packages {

class Repairer {
 public:
  Repairer(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs,
           Transfers& transfers, Nodes nodes, RepairOptions options);
  ~Repairer();

  void start();
  void stop();

  /// Something is wrong: looks soon.
  void wake();

  /// The same, and a file that should have been here is known not to be.
  void note_missing(const std::string& pkgid);

  /// Reads every byte, soon; `done` is told of that on the repair's thread, or inside stop.
  using Done = std::function<void(const RepairReport& report)>;
  void repair(Done done);

  /// All since the start.
  RepairReport total() const;

 private:
  using Steady = std::chrono::steady_clock;

  void work();
  static std::vector<std::string> who_is_there(const nodes::NodeSnapshot& snapshot);
  RepairReport pass(bool deep, const std::set<std::string>& noted);
  bool read_records(std::map<std::string, PackageFound>& found, RepairReport& report);
  void read_blobs(std::map<std::string, PackageFound>& found, bool deep, RepairReport& report);

  engine::Engine& engine_;
  const engine::Clock& clock_;
  BlobStore& blobs_;
  const Nodes nodes_;
  const RepairOptions options_;
  Mender mender_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool woken_ = false;
  std::set<std::string> noted_missing_;  ///< pkgids; counted by the next look
  std::vector<Done> asked_;
  RepairReport total_;
  std::atomic<bool> stopping_ = false;

  std::thread thread_;
};

}  // namespace dcount::packages
