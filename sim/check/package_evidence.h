// What a `valid` of packages needs: an upload that was acknowledged and one that was downloaded; at
// the end (need_final_reads) what every node that the header names has on its disk, or that it does
// not answer, and a list of every owner, all after the last upload and removal.
//
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "sim/check/history.h"
#include "sim/check/verdict.h"

namespace dcount::check {

std::vector<Finding> find_missing_package_evidence(const History& history,
                                                   const CheckOptions& options);

}  // namespace dcount::check
