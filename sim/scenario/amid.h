// The moment at which a server is in the middle of something: it is stopped there.
//
// Thread-safety: one thread, the testbed's.
#pragma once

#include <chrono>
#include <string>

#include "sim/scenario/testbed.h"

namespace dcount::sim {

/// Waits for it, and leaves the server stopped by SIGSTOP. What it was at, in words ("tmp/3 of
/// 40960 bytes"). Error: it did not come to that in the time; then it runs.
Result<std::string> stop_amid(Amid what, const Part& server, Testbed& testbed,
                              std::chrono::milliseconds at_most);

}  // namespace dcount::sim
