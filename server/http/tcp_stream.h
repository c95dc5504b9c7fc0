// A non-blocking TCP connection: the stream type that Connection works on.
//
// Thread-safety: one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/http/unique_fd.h"

namespace dcount::http {

/// What a Connection needs of a stream; a TLS stream would offer the same. Results are bytes, 0 at
/// the end of input (read), or blocked or failed; nothing raises SIGPIPE.
class TcpStream {
 public:
  static constexpr ssize_t blocked = -1;
  static constexpr ssize_t failed = -2;

  /// Takes a connected, non-blocking socket; turns Nagle's algorithm off.
  explicit TcpStream(UniqueFd fd);

  int fd() const { return fd_.get(); }
  ssize_t read(char* data, std::size_t bytes_max);
  ssize_t write(std::string_view bytes);
  /// From `file` at `offset`, which moves on.
  ssize_t write_file(int file, std::uint64_t& offset, std::size_t bytes_max);
  void shutdown_write();
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
};

}  // namespace dcount::http
