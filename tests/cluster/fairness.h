// Servers that all want the same record, measured.
//
// Thread-safety: one thread's.
#pragma once

#include <chrono>

#include "sim/local_cluster.h"

namespace dcount::test {

/// Clients of every server add to one counter for so long. Fails the test when the additions do not
/// add up, and when a server gets less than its share, or more of its tries fail than succeed.
void share_a_hot_counter(sim::LocalCluster& all, std::chrono::seconds time);

}  // namespace dcount::test
