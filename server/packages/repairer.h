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
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/core/outcome.h"
#include "server/engine/engine.h"
#include "server/packages/blob_store.h"
#include "server/packages/repair_plan.h"
#include "server/packages/transfers.h"

namespace dcount::packages {

struct RepairOptions {
  std::string self;
  std::size_t replicas = 2;
  std::chrono::milliseconds period{20'000};  ///< what expires is gone everywhere within a minute
  std::chrono::milliseconds deep_period{std::chrono::hours(1)};
  /// How long a blob that nobody has registered may be of an upload that is still under way.
  std::chrono::milliseconds grace{std::chrono::minutes(15)};
};

/// What was found and done.
struct RepairReport {
  std::uint64_t checked = 0;  ///< blobs and records
  std::uint64_t missing = 0;  ///< should have been here
  std::uint64_t corrupt = 0;  ///< other bytes than their name says
  std::uint64_t extra = 0;    ///< belonged to no package
  std::uint64_t expired = 0;  ///< belonged to one that is gone
  std::uint64_t copied = 0;   ///< brought here from another node
  std::uint64_t adopted = 0;  ///< were here, and nobody knew
  std::uint64_t trimmed = 0;  ///< copies beyond those wanted
  std::uint64_t dropped = 0;  ///< holders that are no nodes any more
  std::uint64_t failed = 0;   ///< could not be mended now
  double seconds = 0;
  std::string trouble;  ///< why it was not finished, for people; empty: it was

  RepairReport& operator+=(const RepairReport& other);
};

class Repairer {
 public:
  Repairer(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs,
           Transfers& transfers, Nodes nodes, RepairOptions options);
  ~Repairer();

  void start();
  void stop();

  /// Something is wrong: looks soon.
  void wake();

  /// Reads every byte, soon; `done` is told of that on the repair's thread, or inside stop.
  using Done = std::function<void(const RepairReport& report)>;
  void repair(Done done);

  /// All since the start.
  RepairReport total() const;

 private:
  using Steady = std::chrono::steady_clock;
  struct Found;

  void work();
  static std::vector<std::string> who_is_there(const nodes::NodeSnapshot& snapshot);
  RepairView view() const;
  RepairReport pass(bool deep);
  bool read_records(std::map<std::string, Found>& found, RepairReport& report);
  void read_blobs(std::map<std::string, Found>& found, bool deep, RepairReport& report);
  void look_at(Found& package, const Blob& blob, VerifyDepth depth, RepairReport& report);
  void mend(Found& package, RepairReport& report);
  bool read_again(Found& package);

  bool act(const CheckBlob& check, Found& package, RepairReport& report);
  bool act(const DropBlob& drop, Found& package, RepairReport& report);
  bool act(const LeaveHolders& leave, Found& package, RepairReport& report);
  bool act(const JoinHolders& join, Found& package, RepairReport& report);
  bool act(const CopyHere& copy, Found& package, RepairReport& report);
  bool act(const ForgetHolder& forget, Found& package, RepairReport& report);
  bool act(const LeaveAndDrop& drop, Found& package, RepairReport& report);

  bool is_wanted(const Found& package, const std::string& sha256) const;
  bool all_have_it(const std::vector<std::string>& keepers, const std::string& pkgid,
                   const std::string& sha256) const;
  bool remove(Found& package, const std::string& sha256);
  bool change_holders(Found& package, std::vector<std::string> add,
                      std::vector<std::string> remove);

  engine::Engine& engine_;
  const engine::Clock& clock_;
  BlobStore& blobs_;
  Transfers& transfers_;
  const Nodes nodes_;
  const RepairOptions options_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool woken_ = false;
  std::vector<Done> asked_;
  RepairReport total_;
  std::atomic<bool> stopping_ = false;

  std::thread thread_;
};

}  // namespace dcount::packages
