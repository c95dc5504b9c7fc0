#include "sim/scenario/fault.h"

namespace dcount::sim {

std::unique_ptr<Fault> make_fault(const FaultSpec& spec, Testbed& testbed) {
  switch (spec.kind) {
    case FaultKind::kill:
    case FaultKind::restart:
    case FaultKind::rolling:
    case FaultKind::pause:
      return make_process_fault(spec, testbed);
    case FaultKind::isolate:
    case FaultKind::halves:
    case FaultKind::ring:
    case FaultKind::cut:
    case FaultKind::one_way:
    case FaultKind::latency:
    case FaultKind::bandwidth:
    case FaultKind::reset:
    case FaultKind::refuse:
    case FaultKind::hang:
      return make_link_fault(spec, testbed);
    case FaultKind::clock:
    case FaultKind::disk_full:
    case FaultKind::fail_sync:
      return make_edge_fault(spec, testbed);
    case FaultKind::compaction:
    case FaultKind::membership:
      return make_etcd_fault(spec, testbed);
    case FaultKind::corrupt_blob:
    case FaultKind::empty_disk:
    case FaultKind::packages_full:
      return make_package_fault(spec, testbed);
    case FaultKind::slow_reader:
      return make_reader_fault(spec, testbed);
  }
  return nullptr;
}

}  // namespace dcount::sim
