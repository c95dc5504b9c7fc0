#include "server/packages/read_pieces.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace dcount::packages {

DiskResult<std::size_t> read_at(int fd, std::uint64_t offset, char* buffer, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t n = ::pread(fd, buffer + done, bytes - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return disk_error(errno, "read", "a file");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

DiskResult<void> read_pieces(int fd, std::uint64_t offset, std::uint64_t bytes,
                             const TakePiece& take) {
  const auto buffer =
      std::make_unique_for_overwrite<char[]>(std::min<std::uint64_t>(bytes, piece_bytes_max));
  while (bytes > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, piece_bytes_max));
    const auto read = read_at(fd, offset, buffer.get(), piece);
    if (!read) return read.error();
    if (*read < piece) return disk_error(EIO, "read", "a file that ends too early");
    if (auto taken = take({buffer.get(), piece}); !taken) return taken;
    offset += piece;
    bytes -= piece;
  }
  return {};
}

}  // namespace dcount::packages
