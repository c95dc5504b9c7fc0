#include "client/error.h"

namespace dcount::client {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_request:
      return "bad_request";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::not_allowed:
      return "not_allowed";
    case ErrorKind::quota:
      return "quota";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::unknown:
      return "unknown";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::local:
      return "local";
  }
  return "?";
}

}  // namespace dcount::client
