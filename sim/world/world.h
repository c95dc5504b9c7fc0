// One run: a schedule, carried out in virtual time, and judged.
//
// Thread-safety: none; run_schedule from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "sim/world/network.h"
#include "sim/world/schedule.h"
#include "sim/world/simulated_client.h"
#include "sim/world/world_runs.h"

namespace dcount::world {

struct RunResult {
  WorldVerdict verdict = WorldVerdict::valid;
  std::string judge;
  std::string witness;
  std::string trace;
  OperationCounts operations;
  Micros virtual_time = 0;
  std::uint64_t steps = 0;
  FaultCounts faults;
};

RunResult run_schedule(const Schedule& schedule, const WorldOptions& options, bool trace);

}  // namespace dcount::world
