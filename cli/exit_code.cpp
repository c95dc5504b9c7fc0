#include "cli/exit_code.h"

namespace dcount::cli {

ExitCode exit_code(client::ErrorKind kind) {
  using client::ErrorKind;
  switch (kind) {
    case ErrorKind::bad_request:
    case ErrorKind::protocol:
    case ErrorKind::local:
      return ExitCode::error;
    case ErrorKind::not_found:
      return ExitCode::not_found;
    case ErrorKind::conflict:
      return ExitCode::conflict;
    case ErrorKind::not_allowed:
      return ExitCode::not_allowed;
    case ErrorKind::quota:
      return ExitCode::quota;
    case ErrorKind::unavailable:
      return ExitCode::unavailable;
    case ErrorKind::unknown:
      return ExitCode::unknown;
  }
  return ExitCode::error;
}

}  // namespace dcount::cli
