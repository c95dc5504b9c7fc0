// Who runs the cluster in a directory: a lock that the kernel gives back when its holder ends,
// however it ends.
//
// Thread-safety: one thread for each object; any number of processes.
#pragma once

#include <filesystem>
#include <optional>

#include "server/store/result.h"
#include "sim/process_identity.h"

namespace dcount::sim {

class ClusterLock {
 public:
  /// Makes the directory and takes its lock. Error: another process has it, which the message
  /// names.
  static Result<ClusterLock> take(const std::filesystem::path& directory);
  /// Who has it now. Nobody when the directory is not there.
  static std::optional<ProcessIdentity> holder(const std::filesystem::path& directory);

  ClusterLock(ClusterLock&& other) noexcept;
  ClusterLock& operator=(ClusterLock&&) = delete;
  ~ClusterLock();

 private:
  explicit ClusterLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace dcount::sim
