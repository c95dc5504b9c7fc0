// Packages: uploads, downloads, lists, removals, and what is there in the end.
//
// - Nothing is lost: what was acknowledged (or once seen) is found by whoever asks for it, until it
//   is removed or expires (package_states.h); and it does not come back after that, nor after it
//   was gone.
// - A package's bytes are those of its upload, for whoever reads it and on every holder's disk.
// - Only the owner reads, lists and removes it, and is never told that it is somebody else's.
// - There is no package but of an upload, and of each only one (package_uploads.h). What failed is
//   not there.
// - In the end every acknowledged package is on as many nodes as were asked for, or are alive
//   (package_replicas.h).
//
// Expiry goes by the clock: a minute of tolerance on both sides, and no judgement where the header
// does not say when the run began, or a server's clock was made to jump. Refusals other than 403
// and 404 say nothing.
//
// Sound; near-linear. Not complete: each package is judged by itself, and a list as if it had been
// read piece by piece.
//
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "sim/check/history.h"
#include "sim/check/verdict.h"

namespace dcount::check {

/// At most one violation for each package, and last a summary with the figures. Nothing for a
/// history without packages.
std::vector<Finding> judge_packages(const History& history);

}  // namespace dcount::check
