#include "client/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace dcount::client {
namespace {

/// False: another process has finished with it between our opening it and our locking it.
bool is_named(int fd, const std::string& path) {
  struct stat ours {};
  struct stat named {};
  return ::fstat(fd, &ours) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

}  // namespace

PartFile::PartFile(std::string file, std::string part, int fd)
    : file_(std::move(file)), part_(std::move(part)), fd_(fd) {}

PartFile::~PartFile() {
  if (fd_ < 0) return;
  // Before the lock goes: what another process makes then has this name.
  if (!kept_ && !(left_ && bytes_ > 0)) ::unlink(part_.c_str());
  ::close(fd_);
}

ClientError PartFile::cannot(const char* what) const {
  return {.kind = ErrorKind::local,
          .detail = std::string("cannot ") + what + " " + part_ + ": " + std::strerror(errno)};
}

Result<std::unique_ptr<PartFile>> PartFile::open(const std::string& file, std::string_view name) {
  const std::string path = file + "." + std::string(name) + ".part";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  std::unique_ptr<PartFile> part(new PartFile(file, path, fd));
  if (fd < 0) return part->cannot("write");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || !is_named(fd, path)) {
    part->kept_ = true;  // by the other one
    return ClientError{.kind = ErrorKind::local,
                       .detail = "another process is downloading into " + path};
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || !add_rest(fd, part->digest_)) {
    return part->cannot("read");
  }
  part->bytes_ = static_cast<std::uint64_t>(info.st_size);
  return part;
}

bool PartFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool PartFile::empty() {
  bytes_ = 0;
  return ::ftruncate(fd_, 0) == 0 && ::lseek(fd_, 0, SEEK_SET) == 0;
}

bool PartFile::keep() {
  // As other new files: what it holds came over the network, its mode is ours to choose.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  kept_ = ::fchmod(fd_, 0666 & ~mask) == 0 && ::fsync(fd_) == 0 &&
          ::rename(part_.c_str(), file_.c_str()) == 0;
  return kept_;
}

}  // namespace dcount::client
