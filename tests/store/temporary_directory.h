// A directory that is gone when the test is over, failed or not. In memory where there is such a
// file system: what these tests know of durability they simulate, and a disk would be slow.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace dcount::store {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const bool in_memory = ::access("/dev/shm", W_OK | X_OK) == 0;
    const std::filesystem::path above =
        in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (above / "dcount-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dcount::store
