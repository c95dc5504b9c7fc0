// The sequential counter: what an operation does when nothing else is going on.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/history.h"

namespace dcount::check {

struct ModelState {
  bool exists = true;
  std::int64_t value = 0;
  std::int64_t version = none;  ///< none: not known yet

  bool operator==(const ModelState&) const = default;
};

/// Does the operation. False: from this state it could not have been answered as it was (or, an
/// unknown one, it would have done nothing); the state is then undefined.
bool apply(const Operation& operation, const History& history, const KeyFacts& facts,
           ModelState& state);

}  // namespace dcount::check
