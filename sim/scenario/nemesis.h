// Who does to a cluster what the scenario says: begins faults, confirms them, ends them, each at
// its time, and notes it all in the journal.
//
// Thread-safety: one thread, the testbed's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/scenario/fault.h"
#include "sim/scenario/recorder.h"

namespace dcount::sim {

class Nemesis {
 public:
  /// `faults` are drawn; everything outlives it.
  Nemesis(const std::vector<FaultSpec>& faults, Testbed& testbed, Recorder& recorder);

  /// Does all that is due until `end`; `tick` is called every 50 ms or so, and false from it ends
  /// the run early. Times are counted from the call.
  void run(std::chrono::milliseconds end, const std::function<bool()>& tick);
  /// Looks for the last time for faults of links that could not be seen yet: to be called before
  /// anybody heals links.
  void confirm_links();
  /// Ends everything that is still under way; what needs the others last. What cannot be ended,
  /// for people, or "".
  std::string end_all();

  int begun() const { return begun_; }
  /// How many could not be done when they were due, since their target was down already.
  int skipped() const { return skipped_; }
  /// Whether a fault has ended this process, so that its end is no surprise.
  /// From a fault's begin to its end: who was started again ends by itself if at all.
  bool ended(const std::string& process) const { return ended_.contains(process); }

 private:
  struct Active {
    int number;
    const FaultSpec* spec;
    std::unique_ptr<Fault> fault;
    bool confirmed;
    std::chrono::steady_clock::time_point ends;
    bool open = false;        ///< neither confirmed nor failed yet
    bool overlapped = false;  ///< by one that touches the same, when it was looked for
  };
  void begin(const FaultSpec& spec);
  void confirm(Active& active, bool last);
  std::string end(Active& active);
  void note(const Active& active, const char* phase, const std::string& evidence = "");

  const std::vector<FaultSpec>& faults_;
  Testbed& testbed_;
  Recorder& recorder_;
  int begun_ = 0;
  int skipped_ = 0;
  std::vector<Active> active_;
  std::multiset<std::string> ended_;  ///< processes that faults may have ended
};

}  // namespace dcount::sim
