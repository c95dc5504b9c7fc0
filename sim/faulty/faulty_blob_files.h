// A disk for packages that can be full.
//
// Thread-safety: as BlobFiles'; fill from any thread.
#pragma once

#include <atomic>
#include <memory>

#include "server/packages/blob_files.h"

namespace dcount::faulty {

class FaultyBlobFiles final : public packages::DiskFiles {
 public:
  /// From now on there is no room (or there is again): files are made, and cannot be written.
  void fill(bool full) { full_ = full; }
  bool full() const { return full_; }

  packages::DiskResult<std::unique_ptr<packages::NewFile>> create(const Path& path) override;

 private:
  std::atomic<bool> full_ = false;
};

}  // namespace dcount::faulty
