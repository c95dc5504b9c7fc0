// Lists of packages: what is missing in one, and what is there twice.
//
// Whatever was there before a list began, and can have gone only after it had ended, has to be in
// it. A sweep in the order in which lists began, with the packages that have to be there: near to
// what all lists have together, since whoever is looked at is in the list, or is going.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/package_findings.h"

namespace dcount::check {

/// Lists of owners, and the store's records in the end.
void judge_lists(const PackageStates& states, PackageFindings& findings);

/// Reports a package that `absent` did not find, though it cannot have gone.
void report_lost(const PackageStates& states, const PackageState& state, Place absent,
                 PackageFindings& findings);

}  // namespace dcount::check
