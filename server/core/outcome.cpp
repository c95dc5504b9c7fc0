#include "server/core/outcome.h"

namespace dcount::core {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::created:
      return "created";
    case Code::not_found:
      return "not_found";
    case Code::bound_exceeded:
      return "bound_exceeded";
    case Code::overflow:
      return "overflow";
    case Code::precondition_failed:
      return "precondition_failed";
    case Code::key_reused:
      return "key_reused";
    case Code::not_empty:
      return "not_empty";
    case Code::exhausted:
      return "exhausted";
    case Code::definition_differs:
      return "definition_differs";
    case Code::fixed_sequence:
      return "fixed_sequence";
    case Code::not_gapless:
      return "not_gapless";
    case Code::confirmed:
      return "confirmed";
    case Code::released:
      return "released";
    case Code::expired:
      return "expired";
    case Code::forbidden:
      return "forbidden";
    case Code::quota_exceeded:
      return "quota_exceeded";
    case Code::in_flight:
      return "in_flight";
    case Code::unavailable:
      return "unavailable";
    case Code::too_large:
      return "too_large";
    case Code::out_of_space:
      return "out_of_space";
    case Code::unknown:
      return "outcome_unknown";
  }
  return "";
}

}  // namespace dcount::core
