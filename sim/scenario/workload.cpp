#include "sim/scenario/workload.h"

namespace dcount::sim {

std::unique_ptr<Workload> make_workload(const WorkloadSpec& spec, std::size_t number) {
  switch (spec.kind) {
    case WorkloadKind::sequence:
      return make_sequence(spec, number);
    case WorkloadKind::items:
      return make_items(spec, number);
    case WorkloadKind::packages:
      return make_packages(spec, number);
    case WorkloadKind::counters:
      return make_counters(spec, number);
    case WorkloadKind::tails:
    case WorkloadKind::mirror:
      break;  // subscribers.h, mirror_process.h
  }
  return nullptr;
}

}  // namespace dcount::sim
