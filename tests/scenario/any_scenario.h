// Scenarios that nobody has written: any workloads, any faults that the engine can have.
//
// Thread-safety: one thread.
#pragma once

#include <rapidcheck.h>

#include <filesystem>

#include "sim/scenario/scenario.h"
#include "tests/scenario/bounded_check.h"

namespace dcount::test {

/// Short, valid, and mostly left open, so that a seed has something to draw.
rc::Gen<sim::Scenario> any_scenario(sim::EngineKind engine);

/// Runs so many on clusters of real processes. False: one was invalid, or could not be run; it is
/// in `failed` then, and printed with the command that runs it again.
bool any_scenario_holds(const Bounded& bounds, sim::EngineKind engine,
                        const std::filesystem::path& failed);

}  // namespace dcount::test
