// Planted bugs of packages. What they do is told in plants.h.
//
// Thread-safety: called once, before the server serves.
#pragma once

#include <chrono>
#include <memory>

#include "server/packages/blob_files.h"

namespace dcount::faulty {

/// How much later than acknowledged a package has its name on the disk.
inline constexpr std::chrono::milliseconds named_later{300};

std::unique_ptr<packages::BlobFiles> acknowledge_early();

}  // namespace dcount::faulty
