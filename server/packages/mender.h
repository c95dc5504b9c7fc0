// Mends one package after the other: does what repair_plan says, until that says nothing any more.
//
// Thread-safety: one thread's, but for stop.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "server/core/outcome.h"
#include "server/engine/engine.h"
#include "server/packages/blob_store.h"
#include "server/packages/repair_plan.h"
#include "server/packages/repair_report.h"
#include "server/packages/transfers.h"

namespace dcount::packages {

struct RepairOptions {
  std::string self;
  std::size_t replicas = 2;
  std::chrono::milliseconds period{20'000};  ///< what expires is gone everywhere within a minute
  std::chrono::milliseconds deep_period{std::chrono::hours(1)};
  /// How long a blob that nobody has registered may be of an upload that is still under way.
  std::chrono::milliseconds grace{std::chrono::minutes(15)};
  /// Told of every look that has found something wrong, on the repair's thread; may be empty.
  std::function<void(const RepairReport& report)> on_mended;
};

/// One package, as the store and our disk have it.
struct PackageFound {
  PackageHere here;
  std::vector<Blob> blobs;  ///< as here.blobs
  bool noted = false;       ///< that it is missing was found by somebody who wanted it, and counted
  bool copied = false;      ///< brought here while it was mended
};

class Mender {
 public:
  /// All outlive it.
  Mender(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs, Transfers& transfers,
         Nodes nodes, const RepairOptions& options);

  /// Notes what there is of a blob; one whose file is gone is forgotten.
  void look_at(PackageFound& package, const Blob& blob, VerifyDepth depth, RepairReport& report);

  /// What cannot be mended now counts as failed.
  void mend(PackageFound& package, RepairReport& report);

  /// Leaves it as it is from now on, and waits for no other node. Any thread.
  void stop();

 private:
  RepairView view() const;
  bool read_again(PackageFound& package);

  bool act(const CheckBlob& check, PackageFound& package, RepairReport& report);
  bool act(const DropBlob& drop, PackageFound& package, RepairReport& report);
  bool act(const LeaveHolders& leave, PackageFound& package, RepairReport& report);
  bool act(const JoinHolders& join, PackageFound& package, RepairReport& report);
  bool act(const CopyHere& copy, PackageFound& package, RepairReport& report);
  bool act(const ForgetHolder& forget, PackageFound& package, RepairReport& report);
  bool act(const LeaveAndDrop& drop, PackageFound& package, RepairReport& report);

  bool is_wanted(const PackageFound& package, const std::string& sha256) const;
  bool all_have_it(const std::vector<std::string>& keepers, const PackageFound& package,
                   const std::string& sha256);
  bool has_it(const std::string& address, const PackageFound& package, const std::string& sha256);
  bool remove(PackageFound& package, const std::string& sha256);
  bool change_holders(PackageFound& package, std::vector<std::string> add,
                      std::vector<std::string> remove);

  engine::Engine& engine_;
  const engine::Clock& clock_;
  BlobStore& blobs_;
  Transfers& transfers_;
  const Nodes nodes_;
  const RepairOptions& options_;

  std::mutex mutex_;       // guards what follows
  Peer* asked_ = nullptr;  ///< is being waited for
  std::atomic<bool> stopping_ = false;
};

}  // namespace dcount::packages
