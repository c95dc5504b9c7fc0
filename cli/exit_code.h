// The process's exit codes: a closed table that scripts rely on.
//
// Thread-safety: pure functions.
#pragma once

#include "client/error.h"

namespace dcount::cli {

enum class ExitCode : int {
  ok = 0,
  error = 1,         ///< bad request, or an error of this machine's
  usage = 2,         ///< the command line, a variable or a configuration file is wrong
  not_found = 3,     ///< not found, or gone
  conflict = 4,      ///< a bound, a precondition
  not_allowed = 5,   ///< no key, or the wrong one
  quota = 6,         ///< a quota or a rate
  unavailable = 7,   ///< nothing happened: safe to try again
  unknown = 8,       ///< it may have happened: try again with the same Idempotency-Key
  interrupted = 130  ///< Ctrl-C
};

ExitCode exit_code(client::ErrorKind kind);

}  // namespace dcount::cli
