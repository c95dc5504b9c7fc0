// One mirror at a time for a table of a file. Ends with the process, however that ends.
//
// Thread-safety: none.
#pragma once

#include <string>
#include <utility>

#include "client/error.h"

namespace dcount::cli {

/// SQLite's own locks on the file are lost when any descriptor of it is closed: a lock must outlive
/// the process's last connection to the database.
class MirrorLock {
 public:
  /// Creates the file when it is not there. Error: `conflict` when somebody else holds it, `local`
  /// when the file cannot be written.
  static client::Result<MirrorLock> take(const std::string& file, const std::string& table);

  MirrorLock(MirrorLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  MirrorLock& operator=(MirrorLock&&) = delete;
  ~MirrorLock();

 private:
  explicit MirrorLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace dcount::cli
