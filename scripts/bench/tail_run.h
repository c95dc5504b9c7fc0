// tail_load run: how long a change takes to reach those who subscribed.
//
// Thread-safety: one thread; it starts and joins another one.
#pragma once

#include "tail_options.h"

namespace dcount::bench_tails {

/// Subscribes, makes the changes, waits until all subscribers have the last values, prints a line
/// of JSON. 1 when one has not, or was told what it should not be. Throws std::runtime_error when
/// it could not be measured.
int run(const Options& options);

}  // namespace dcount::bench_tails
