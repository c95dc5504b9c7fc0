#include "sim/check/verdict.h"

namespace dcount::check {

std::string_view word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "valid";
    case Verdict::unknown:
      return "unknown";
    case Verdict::invalid:
      return "invalid";
  }
  return "?";
}

}  // namespace dcount::check
