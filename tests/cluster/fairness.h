// Servers that all want the same record, measured.
//
// Thread-safety: one thread's.
#pragma once

#include <chrono>

#include "sim/local_cluster.h"

namespace dcount::test {

/// Clients of every server add to one counter for so long. Fails the test when the additions do not
/// add up, and when others were answered too often before one server's clients were again.
void share_a_hot_counter(sim::LocalCluster& all, std::chrono::seconds time);

}  // namespace dcount::test
