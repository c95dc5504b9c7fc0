// One server for a data directory, told before it touches anything there.
//
// Thread-safety: take from any thread; the lock itself is one thread's.
#pragma once

#include <filesystem>

#include "server/store/result.h"

namespace dcount::nodes {

/// Held as long as it lives. A lock of the kernel's on `<data>/dcount.lock`: it ends with the
/// process, however that ends.
class DirectoryLock {
 public:
  /// Makes the directory, if need be, for its owner alone. Errors: it cannot be made or written, or
  /// another server has it ("… is in use …").
  static Result<DirectoryLock> take(const std::filesystem::path& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace dcount::nodes
