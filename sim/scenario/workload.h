// What the clients of a run do: one class for each kind of thing that is counted.
//
// Thread-safety: prepare and keys by one thread before the load; operate and read_finally by many,
// each with a Worker of its own.
#pragma once

#include <memory>
#include <string>

#include "sim/scenario/scenario.h"
#include "sim/scenario/worker.h"

namespace dcount::sim {

class Workload {
 public:
  virtual ~Workload() = default;

  /// Makes what is to be counted. Not part of the history: the header tells what is there.
  virtual client::Result<void> prepare(client::Client& client) = 0;
  /// Whether this server knows already what was made at another one.
  virtual bool known_at(const client::Endpoint&) const { return true; }
  /// For the journal's header (docs/harness.md): what is counted, and how it was prepared.
  virtual Json keys() const = 0;
  /// What the client of this number shows who it is by. Once it is prepared.
  virtual std::string api_key(std::size_t /*client*/) const { return {}; }
  /// One operation of a client, or a few that belong together.
  virtual void operate(Worker& worker) = 0;
  /// One of each kind of operation that is drawn rarely. For when all is healed: the few of a kind
  /// may each have met a fault, and a run has shown nothing of what never was answered.
  virtual void operate_each(Worker&) {}
  /// Reads everything from the worker's server. False: something was not answered.
  virtual bool read_finally(Worker& worker) = 0;
};

/// `spec` is drawn, and of a kind that operates. `number`: of the workload in its scenario; part of
/// the names of its keys.
std::unique_ptr<Workload> make_workload(const WorkloadSpec& spec, std::size_t number);

std::unique_ptr<Workload> make_counters(const WorkloadSpec& spec, std::size_t number);
std::unique_ptr<Workload> make_sequence(const WorkloadSpec& spec, std::size_t number);
std::unique_ptr<Workload> make_packages(const WorkloadSpec& spec, std::size_t number);
std::unique_ptr<Workload> make_items(const WorkloadSpec& spec, std::size_t number);

}  // namespace dcount::sim
