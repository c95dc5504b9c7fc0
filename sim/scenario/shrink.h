// From a run that failed to the smallest one that still does.
//
// Delta debugging (Zeller, Hildebrandt 2002) over the drawn scenario: faults, workloads, clients,
// keys and time are taken away, halves first, as long as what is left still fails. Real processes
// are not deterministic, so each candidate has several tries.
//
// Thread-safety: whatever that of `fails` is.
#pragma once

#include <functional>

#include "sim/scenario/scenario.h"

namespace dcount::sim {

struct ShrinkOptions {
  int tries = 2;      ///< runs of a candidate before it counts as one that does not fail
  int runs_max = 60;  ///< in all
  double seconds_max = 600;
};

struct Shrunk {
  Scenario scenario;
  int runs = 0;
};

/// `fails`: runs a candidate once. The scenario is drawn and failed.
Shrunk shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails,
              const ShrinkOptions& options = {});

/// How many clients its workloads have.
std::int64_t clients_of(const Scenario& scenario);

}  // namespace dcount::sim
