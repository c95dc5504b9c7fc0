// Whether a history has seen enough for `valid` to mean something: what is missing is a finding of
// its own, with the verdict `unknown`.
//
// - there are operations; each function that was asked for was answered at least once (a refusal
//   that says what it saw is an answer);
// - every counter that was written to was read after its last write (items: counted or listed), and
//   from every node that the header names (need_final_reads; sequences need none);
// - every fault was confirmed, or hidden by another; with need_faults there were faults, and of
//   each kind one met an operation that was under way;
// - every subscriber was sent something, was followed to its end (need_final_reads), and resumed
//   from where it had been told to be; with need_resumes one did resume;
// - of packages what package_evidence.h says.
//
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "sim/check/key_view.h"

namespace dcount::check {

std::vector<Finding> find_missing_evidence(const History& history, const KeyViews& views,
                                           const CheckOptions& options);

}  // namespace dcount::check
