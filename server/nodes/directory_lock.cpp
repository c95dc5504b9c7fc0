#include "server/nodes/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace dcount::nodes {

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
  const auto failed = [&](const std::string& why) {
    return Error{Certainty::definite, "data directory " + directory.string() + " " + why};
  };
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) return failed("cannot be made: " + error.message());
  if (made) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  const int file = ::open((directory / "dcount.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return failed(std::string("cannot be written: ") + std::strerror(errno));
  DirectoryLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return failed("is in use by another server");
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace dcount::nodes
