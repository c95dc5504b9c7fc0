// The command line as a whole: the tree of commands, from arguments to an exit code.
//
// Thread-safety: once per process, on the main thread.
#pragma once

namespace dcount::cli {

/// Parses, settles (settings.h), runs, and returns the process's exit code (exit_code.h).
int run(int argc, char** argv);

}  // namespace dcount::cli
