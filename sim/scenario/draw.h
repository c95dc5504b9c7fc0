// What a scenario leaves open, decided by a seed.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>

#include "sim/scenario/scenario.h"

namespace dcount::sim {

/// The scenario with nothing left open: every option of its workloads has a value (where it means
/// anything), every fault a time, a length and a target, and what comes again and again is a list
/// of single faults. The same scenario and seed, the same result; what is drawn already stays, so
/// that a run can be saved, cut down and run again.
Scenario draw(const Scenario& scenario, std::uint64_t seed);

}  // namespace dcount::sim
