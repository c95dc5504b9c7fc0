// Files that come and go as bodies, see file_body.h.
#include "server/http/file_body.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace dcount::http {

FileRemover& FileRemover::operator=(FileRemover&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

void FileRemover::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

bool SpoolFile::create(const std::string& directory) {
  std::string path = directory + "/dcount-spool-XXXXXX";
  fd_ = UniqueFd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd_) return false;
  remover_ = FileRemover(std::move(path));
  return true;
}

bool SpoolFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

FileRemover SpoolFile::release() {
  fd_.reset();
  return std::move(remover_);
}

bool FileBody::open(const std::string& path) {
  fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return false;
  if (!S_ISREG(info.st_mode)) {
    errno = EINVAL;
    fd.reset();
    return false;
  }
  offset = 0;
  bytes = static_cast<std::uint64_t>(info.st_size);
  return true;
}

bool FileBody::narrow(std::uint64_t first, std::uint64_t count) {
  if (first > bytes || count > bytes - first) return false;
  offset += first;
  bytes = count;
  return true;
}

}  // namespace dcount::http
