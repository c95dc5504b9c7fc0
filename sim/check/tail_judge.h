// Subscribers to changes, and mirrors.
//
// A tail tells states, not changes: of a record that changed several times between two deliveries
// only the last state need come. What is judged:
//
// - a record has one state at a revision, whoever was sent it; one that its operations can have
//   brought it to by then; and its versions go up with its revisions (sightings.h);
// - order and uniqueness over one connection; nothing behind what a connection is complete to, or
//   resumed behind; nothing that was not asked for (tail_stream.h);
// - no gap: complete to a revision, a stream has sent each record as it was then, or later, counted
//   from its cursor (tail_stream.h). What is not known to have been there by then, or can have been
//   taken over by a later change, is no gap: the judge is never wrong, and blind where a record
//   changes all the time;
// - the end: each subscriber that was followed to its end was sent the last state of each record,
//   as it is read and as others were sent it; each mirror's table is what is read (tail_end.h).
//
// What cannot be said without a version is found by the value, where only one version can have it.
// Other records than counters are judged by order, uniqueness and gaps alone.
//
// O(n log n) in events and operations, and in what each subscriber had to be sent.
//
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "sim/check/key_view.h"

namespace dcount::check {

/// At most one violation for each record and for each subscriber, and last a summary: how much was
/// sent, and how long it took. Nothing for a history without tails.
std::vector<Finding> judge_tails(const History& history, const KeyViews& views);

/// What is missing for `valid` to mean something (evidence.h).
std::vector<Finding> find_missing_tail_evidence(const History& history,
                                                const CheckOptions& options);

}  // namespace dcount::check
