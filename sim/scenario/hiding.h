// When a fault that cannot be seen is excused: another one hurts the same at the time.
//
// Thread-safety: pure functions.
#pragma once

#include <string_view>

#include "sim/scenario/scenario.h"

namespace dcount::sim {

/// Whether two faults, by what the journal calls their targets ("node-1", "node-1→etcd-2",
/// "the cluster"), hurt the same process, or links with an end in common. "clients" is no such end:
/// they are in common to all servers' links.
bool touch(std::string_view one, std::string_view other);

/// Whether another fault can hide one of this kind. Only links, and who does not read what comes
/// over them, are shown by what goes over them; what was done to a process or its edges stays to be
/// seen, whatever else is done to it.
bool can_be_hidden(FaultKind kind);

/// Whether one of this kind can hide another: who does not read hides nothing.
bool can_hide(FaultKind kind);

}  // namespace dcount::sim
