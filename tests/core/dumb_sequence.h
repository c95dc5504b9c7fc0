// A second, dumb sequence: steps one by one with integers that cannot overflow.
#pragma once

#include <cstdint>
#include <optional>

#include "server/core/definition.h"

namespace dcount::core {

__extension__ using Wide = __int128;

struct DumbSequence {
  Definition definition;
  Wide next;
  bool ended = false;
  int wraps = 0;

  std::optional<std::int64_t> draw() {
    if (ended) {
      if (!definition.cycle) return std::nullopt;
      next = definition.increment > 0 ? definition.min : definition.max;
      ended = false;
      ++wraps;
    }
    const auto number = static_cast<std::int64_t>(next);
    const Wide after = next + definition.increment;
    ended = after < definition.min || after > definition.max;
    if (!ended) next = after;
    return number;
  }
};

}  // namespace dcount::core
