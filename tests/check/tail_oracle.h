// Subscribers by trying every moment and every revision at which changes can have been committed:
// slow, plain, and of nobody's code but its own. For small histories of tail_model.h: two counters
// that begin at 0, version 1, revision 1, and are read in the end.
#pragma once

#include <optional>

#include "sim/check/history.h"

namespace dcount::check {

/// Whether some course of commits explains all that was sent; nothing: it has looked for too long.
std::optional<bool> tails_have_a_course(const History& history);

}  // namespace dcount::check
