// The end of a run with packages: servers are asked to mend what they can until there is nothing
// left to mend, then all disks, the store's records, every package at every server and every
// owner's list are read into the journal.
//
// Thread-safety: one thread, the testbed's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sim/scenario/load.h"
#include "sim/scenario/packages_workload.h"
#include "sim/scenario/testbed.h"

namespace dcount::sim {

class PackageEnd {
 public:
  /// All outlive it. The load has ended, every server is ready.
  PackageEnd(const PackagesWorkload& workload, const Scenario& scenario, Testbed& testbed,
             Recorder& recorder, Load& load);

  /// What is wrong beyond what the journal's judge sees: what is not mended, or not answered,
  /// within the time; disks that were hurt, and nothing said of it; what has expired and is still
  /// there; files that nobody needs; a package that an owner did not get though only disks were
  /// hurt.
  std::vector<std::string> finish(std::chrono::milliseconds at_most);

 private:
  using Time = std::chrono::steady_clock::time_point;

  void find(std::string what) { wrong_.push_back(std::move(what)); }
  void mend();
  bool mend_each(std::string& said);
  void note_disks();
  void note_disk(std::size_t server);
  void note_records();
  void read_everything();
  void read_from(const ServerPlace& server, int first_process, std::vector<std::string>& wrong);
  void look_for_expired();
  void look_for_half_files();
  void look_for_missed();
  void look_for_reports();

  const PackagesWorkload& workload_;
  const Scenario& scenario_;
  Testbed& testbed_;
  Recorder& recorder_;
  Load& load_;
  const std::vector<KnownPackage> packages_;
  std::int64_t now_s_ = 0;  ///< what had expired by then is gone
  Time end_;
  std::vector<std::string> wrong_;
};

}  // namespace dcount::sim
