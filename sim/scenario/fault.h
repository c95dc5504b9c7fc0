// One fault of a run, as something that begins, can be shown to be in effect, and ends.
//
// Thread-safety: one thread, the testbed's.
#pragma once

#include <memory>
#include <string>

#include "server/store/result.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/testbed.h"

namespace dcount::sim {

class Fault {
 public:
  virtual ~Fault() = default;

  /// Finds what it is to hurt. Error: it cannot be done now (its target is down already, say).
  virtual Result<void> prepare() = 0;
  /// What it hurts, in the journal's words: a process, or "node-1→etcd-2". Once it is prepared.
  virtual std::string target() const = 0;
  /// Error: it could not be done, or not all of it.
  virtual Result<void> begin() = 0;
  /// That it is in effect, in words. Error: it is not.
  virtual Result<std::string> confirm() = 0;
  /// Undoes it, as far as it can be undone. Error: what is still wrong.
  virtual Result<void> end() = 0;
  /// It was over when begin returned: nothing to wait for.
  virtual bool over_at_once() const { return false; }
};

/// `spec` is drawn; `testbed` outlives the fault.
std::unique_ptr<Fault> make_fault(const FaultSpec& spec, Testbed& testbed);

std::unique_ptr<Fault> make_process_fault(const FaultSpec& spec, Testbed& testbed);
std::unique_ptr<Fault> make_link_fault(const FaultSpec& spec, Testbed& testbed);
std::unique_ptr<Fault> make_edge_fault(const FaultSpec& spec, Testbed& testbed);
std::unique_ptr<Fault> make_reader_fault(const FaultSpec& spec, Testbed& testbed);
std::unique_ptr<Fault> make_package_fault(const FaultSpec& spec, Testbed& testbed);
std::unique_ptr<Fault> make_etcd_fault(const FaultSpec& spec, Testbed& testbed);

}  // namespace dcount::sim
