// A file without a name, which is gone when the process is, however that ends.
//
// Thread-safety: none.
#pragma once

#include <memory>
#include <string>

#include "client/error.h"

namespace dcount::cli {

class TemporaryFile {
 public:
  /// In $TMPDIR, or /tmp. Error: local.
  [[nodiscard]] static client::Result<std::unique_ptr<TemporaryFile>> make();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// For reading and writing; open as long as this lives.
  int fd() const { return fd_; }
  /// A path by which this process can open it.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  explicit TemporaryFile(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace dcount::cli
