#include "sim/scenario/workload.h"

namespace dcount::sim {

std::unique_ptr<Workload> make_workload(const WorkloadSpec& spec, std::size_t number) {
  switch (spec.kind) {
    case WorkloadKind::sequence:
      return make_sequence(spec, number);
    case WorkloadKind::items:
      return make_items(spec, number);
    case WorkloadKind::counters:
      break;
  }
  return make_counters(spec, number);
}

}  // namespace dcount::sim
