// Who watches what the load changes: subscribers and mirrors, from before it begins until they have
// everything.
//
// Thread-safety: one thread, the testbed's.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sim/scenario/recorder.h"
#include "sim/scenario/subscribers.h"
#include "sim/scenario/testbed.h"

namespace dcount::sim {

class Watchers {
 public:
  /// `scenario` is drawn. `counters`: "collection/id" of each one that is written. All outlive it;
  /// the testbed's faults do not.
  Watchers(const Scenario& scenario, const std::vector<std::string>& counters, Testbed& testbed,
           Recorder& recorder);
  ~Watchers();

  /// Every subscriber is connected when this returns, every mirror runs. Error: they do not.
  Result<void> start();

  struct Wrong {
    const char* judge;
    std::string what;
  };
  /// After the final reads: waits until each has what the servers have now, and notes its end, or
  /// its table, in the journal. What they lack after the time, and what they must not have been
  /// sent.
  std::vector<Wrong> finish(std::chrono::milliseconds at_most);

 private:
  using Time = std::chrono::steady_clock::time_point;
  Result<void> start_mirrors();
  std::string note_table(const MirrorProcess& mirror, const Revisions& revisions, Time end);

  const Scenario& scenario_;
  const std::vector<std::string>& counters_;
  Testbed& testbed_;
  Recorder& recorder_;
  Subscribers subscribers_;
};

}  // namespace dcount::sim
