// How many operations of which kind ended how, and how many faults took place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/history.h"
#include "sim/report/run_facts.h"

namespace dcount::report {

struct Counts {
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknown = 0;

  std::uint64_t all() const { return ok + failed + unknown; }
};

struct FunctionCounts {
  std::string function;  ///< as in the journal; "batch" for a batch of several keys
  Counts counts;
};

struct OperationTally {
  Counts all;
  std::vector<FunctionCounts> functions;  ///< those that occur
};

/// The parts of a batch are one operation.
OperationTally tally_of(const check::History& history);

struct FaultTally {
  std::string kind;
  std::uint64_t planned = 0;  ///< 0 also: not said
  std::uint64_t began = 0;
  std::uint64_t confirmed = 0;
};

/// By kind: those that were planned in their order, then others.
std::vector<FaultTally> tally_of(const std::vector<check::Fault>& faults,
                                 const std::vector<PlannedFaults>& planned);

}  // namespace dcount::report
