// All subscribers of a run: begun before the load, followed until they were sent everything.
//
// Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/scenario/subscriber.h"

namespace dcount::sim {

class Subscribers {
 public:
  /// `specs`: of those of kind tails. `counters`: "collection/id" of each one that is written.
  Subscribers(const std::vector<WorkloadSpec>& specs, const std::vector<std::string>& counters,
              const std::vector<ServerPlace>& servers, Recorder& recorder, std::uint64_t seed,
              int receive_buffer_bytes);

  /// Every one of them is connected when this returns. Error: not within the time.
  Result<void> start(std::chrono::milliseconds at_most);
  /// Each has come to `revisions`, or the time is over; then it ends. Who has not, in words, "":
  /// all have.
  std::string finish(const Revisions& revisions, std::chrono::milliseconds at_most);
  /// What servers have sent that they must not, in words; "": nothing.
  std::string wrong() const;

  std::size_t size() const { return subscribers_.size(); }
  Subscriber& at(std::size_t i) { return *subscribers_[i]; }

 private:
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
};

}  // namespace dcount::sim
