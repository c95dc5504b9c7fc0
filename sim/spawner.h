// The fork and exec below Process.
//
// Thread-safety: any thread.
#pragma once

#include "sim/process.h"

namespace dcount::sim {

/// Runs the program, see Process::start. The caller owns the child and must wait for it.
Result<pid_t> spawn(const ProcessOptions& options);

}  // namespace dcount::sim
