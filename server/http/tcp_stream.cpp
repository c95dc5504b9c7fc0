// Sockets, see tcp_stream.h.
#include "server/http/tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <cerrno>

namespace dcount::http {
namespace {

ssize_t result(ssize_t n) {
  if (n >= 0) return n;
  return errno == EAGAIN || errno == EINTR ? TcpStream::blocked : TcpStream::failed;
}

}  // namespace

TcpStream::TcpStream(UniqueFd fd) : fd_(std::move(fd)) {
  int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ssize_t TcpStream::read(char* data, std::size_t bytes_max) {
  return result(::recv(fd_.get(), data, bytes_max, 0));
}

ssize_t TcpStream::write(std::string_view bytes) {
  return result(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

ssize_t TcpStream::write_file(int file, std::uint64_t& offset, std::size_t bytes_max) {
  // sendfile has no MSG_NOSIGNAL: Server ignores SIGPIPE for it.
  auto position = static_cast<off_t>(offset);
  ssize_t n = result(::sendfile(fd_.get(), file, &position, bytes_max));
  offset = static_cast<std::uint64_t>(position);
  return n == 0 ? failed : n;  // the file is shorter than it was
}

void TcpStream::shutdown_write() { ::shutdown(fd_.get(), SHUT_WR); }

}  // namespace dcount::http
