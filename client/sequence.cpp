#include "client/sequence.h"

namespace dcount::client {

std::string_view name(SequenceMode mode) {
  switch (mode) {
    case SequenceMode::strict:
      return "strict";
    case SequenceMode::cached:
      return "cached";
    case SequenceMode::gapless:
      return "gapless";
  }
  return "?";
}

std::optional<SequenceMode> sequence_mode(std::string_view name) {
  for (SequenceMode mode : {SequenceMode::strict, SequenceMode::cached, SequenceMode::gapless}) {
    if (client::name(mode) == name) return mode;
  }
  return std::nullopt;
}

}  // namespace dcount::client
