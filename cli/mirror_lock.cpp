#include "cli/mirror_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace dcount::cli {
namespace {

/// A byte far behind all that a database can hold, and that SQLite locks: one for each table.
off_t place_of(const std::string& table) {
  std::uint32_t digest = 0x811c9dc5;  // FNV-1a
  for (char c : table) {
    char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    digest = (digest ^ static_cast<unsigned char>(lower)) * 0x01000193;
  }
  return (off_t{1} << 62) + digest;
}

}  // namespace

client::Result<MirrorLock> MirrorLock::take(const std::string& file, const std::string& table) {
  MirrorLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.fd_ < 0) {
    return client::ClientError{.kind = client::ErrorKind::local,
                               .detail = "cannot write " + file + ": " + std::strerror(errno)};
  }
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = place_of(table);
  range.l_len = 1;
  if (::fcntl(lock.fd_, F_OFD_SETLK, &range) == 0) return lock;
  bool taken = errno == EAGAIN || errno == EACCES;
  if (taken) {
    return client::ClientError{
        .kind = client::ErrorKind::conflict,
        .detail = "another mirror is keeping the table '" + table + "' of " + file};
  }
  return client::ClientError{.kind = client::ErrorKind::local,
                             .detail = "cannot lock " + file + ": " + std::strerror(errno)};
}

MirrorLock::~MirrorLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace dcount::cli
