#include "sim/cluster_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

namespace dcount::sim {
namespace {

std::filesystem::path lock_file(const std::filesystem::path& directory) {
  return directory / "lock";
}

ProcessIdentity written_in(const std::filesystem::path& file) {
  ProcessIdentity holder;
  std::ifstream(file) >> holder.pid >> holder.began;
  return holder;
}

}  // namespace

Result<ClusterLock> ClusterLock::take(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const auto file = lock_file(directory);
  ClusterLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.fd_ < 0) {
    return Error{Certainty::definite,
                 "cannot write " + file.string() + ": " + std::strerror(errno)};
  }
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    return Error{Certainty::definite, "a cluster runs in " + directory.string() + " (process " +
                                          std::to_string(written_in(file).pid) + ")"};
  }
  const auto self = identify(::getpid()).value_or(ProcessIdentity{});
  const std::string line = std::to_string(self.pid) + " " + std::to_string(self.began) + "\n";
  if (::ftruncate(lock.fd_, 0) != 0 ||
      ::write(lock.fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    return Error{Certainty::definite,
                 "cannot write " + file.string() + ": " + std::strerror(errno)};
  }
  return lock;
}

std::optional<ProcessIdentity> ClusterLock::holder(const std::filesystem::path& directory) {
  const auto file = lock_file(directory);
  // By the process that is written there, not by trying the lock: whoever tries has it for a
  // moment, and would be in the way of one that wants to start.
  const auto holder = written_in(file);
  if (!runs(holder)) return std::nullopt;
  return holder;
}

ClusterLock::ClusterLock(ClusterLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

ClusterLock::~ClusterLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace dcount::sim
