// What everything in one world stands on.
//
// Thread-safety: none; one world's.
#pragma once

#include "sim/world/event_queue.h"
#include "sim/world/network.h"
#include "sim/world/simulated_etcd.h"
#include "sim/world/trace.h"
#include "sim/world/world_runs.h"

namespace dcount::world {

struct Ground {
  EventQueue& time;
  Trace& trace;
  FaultCounts& counts;
  const WorldOptions& options;
  Network* network = nullptr;  ///< null without an etcd
  SimulatedEtcd* etcd = nullptr;
};

/// The process something runs in: it may be stopped or gone when something reaches it.
class Host {
 public:
  virtual ~Host() = default;
  /// It is neither stopped nor gone.
  virtual bool runs() const = 0;
  /// Runs the action now, or when the process goes on, or, if it has ended, never.
  virtual void run(std::function<void()> action) = 0;
};

}  // namespace dcount::world
