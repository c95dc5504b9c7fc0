// Draws from a sequence whose definition the header says.
//
// Every mode: numbers are in the declared range, a call gets as many as it asked for, and no number
// is handed out twice (before the sequence has wrapped).
//
// - strict: a draw of n numbers is an addition of n to a counter of what was drawn, so that it is
//   judged as one (ladder.h): real-time order, numbers of a call in a row, and what was handed out
//   to nobody is explained by unknown draws. Exact, except when a cycle is shorter than what may be
//   drawn during one call: then `invalid` becomes `unknown`.
// - cached: numbers of a call in a row; what was handed out to nobody is at most what unknown draws
//   took, gap_max for what servers hold and gap_max for each fault, and what calls for several
//   numbers skipped at the end of a block.
// - gapless: gapless_judge.h.
//
// O(n log n). Thread-safety: pure functions.
#pragma once

#include "sim/check/key_view.h"

namespace dcount::check {

Finding judge_sequence(const KeyView& view);

}  // namespace dcount::check
