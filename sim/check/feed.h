// Unknown operations that a feed of changes tells about.
//
// An operation whose id is in the feed happened, with the version and the value told there, and
// before the feed told of it. When the header says that the feed is complete, one with an id that
// is not in it never happened.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>

#include "sim/check/history.h"
#include "sim/check/verdict.h"

namespace dcount::check {

struct Resolution {
  History history;                ///< without the operations that could be resolved as unknown ones
  std::size_t happened = 0;       ///< unknown operations that did
  std::size_t never_did = 0;      ///< and that did not
  std::size_t unknown = 0;        ///< that stay unknown
  std::vector<Finding> findings;  ///< where the feed contradicts an answer
};

/// Nothing when the history has no feed.
std::optional<Resolution> resolve(const History& history);

}  // namespace dcount::check
