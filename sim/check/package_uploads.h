// Packages that nobody uploaded, and uploads that became two.
//
// A package whose id no upload was answered has to be one of those that stay unknown: of its owner,
// with its bytes, asked for before it was seen. Each of them is at most one package. Exact where
// owner and digest are known, and where only the owner is, by counting: O(n log n).
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/package_findings.h"

namespace dcount::check {

void find_phantoms(const PackageStates& states, PackageFindings& findings);

}  // namespace dcount::check
