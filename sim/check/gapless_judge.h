// A gapless sequence: draws, reservations, confirmations, releases.
//
// - A number that was drawn or confirmed is used: never handed out again, by nobody confirmed again
//   (by its own reservation it may be: that is a retry). Reservations are told apart by their
//   token, where there is none by their process.
// - A reserved number comes again only after its release, unless reservations expire
//   (KeyFacts::expires). It is confirmed or released only by whoever reserved it, and not both.
// - No hole: when a number was taken, every lower one was held by somebody. A lower one that nobody
//   was answered with by then, or that was released before and not taken again, has to have been
//   held by an unknown draw or reservation: the k-th of these, by the earliest end of a taking
//   above it, needs the k-th unknown one to have begun before.
//
// O(n log n). Sound, not complete: it looks at one number at a time.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/key_view.h"
#include "sim/check/sequence_line.h"

namespace dcount::check {

Finding judge_gapless(const KeyView& view, const SequenceLine& line);

}  // namespace dcount::check
