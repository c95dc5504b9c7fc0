// Adding within limits: the arithmetic of Add, alone.
//
// Thread-safety: pure.
#pragma once

#include <cstdint>

#include "server/core/command.h"
#include "server/core/outcome.h"

namespace dcount::core {

struct Sum {
  Code code = Code::ok;  ///< ok, bound_exceeded or overflow
  std::int64_t n = 0;    ///< the new value; the old one when refused
  std::int64_t applied = 0;
};

/// n + delta. Only the bound in the direction of the step counts, so that a value already outside
/// may step back toward its bounds but never further away. `saturate` stops at the bound (a value
/// beyond it stays); without a bound in that direction, what leaves int64 is an overflow.
Sum add_within(std::int64_t n, std::int64_t delta, const Bounds& bounds, OnLimit on_limit);

/// Of two pairs of bounds the narrower on each side.
Bounds narrower(const Bounds& a, const Bounds& b);

}  // namespace dcount::core
