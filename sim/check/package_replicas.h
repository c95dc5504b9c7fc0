// What nodes have on their disks in the end.
//
// Of packages that were acknowledged, and are certainly there: every copy has the bytes of the
// upload, and there are at least as many as the servers are to keep (the header's `replicas`, else
// what the upload was answered), or as there are nodes alive. A node whose answer is not known may
// hold whatever the store says of it; one that failed to answer is not alive.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/package_findings.h"

namespace dcount::check {

void judge_holders(const PackageStates& states, PackageFindings& findings);

}  // namespace dcount::check
