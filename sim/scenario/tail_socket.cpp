#include "sim/scenario/tail_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace dcount::sim {
namespace {

constexpr std::size_t piece_bytes = 16 * 1024;
constexpr int small_segment_bytes = 536;

Error error(const std::string& what) { return Error{Certainty::definite, what}; }

}  // namespace

TailSocket::TailSocket() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) std::abort();
}

TailSocket::~TailSocket() {
  close();
  ::close(wake_);
}

Result<void> TailSocket::connect(const client::Endpoint& endpoint, int receive_buffer_bytes,
                                 std::chrono::milliseconds at_most) {
  close();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  if (::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) != 1) {
    return error(endpoint.host + " is no IPv4 address");
  }
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return error(std::strerror(errno));
  {
    const std::lock_guard lock(mutex_);
    socket_ = socket;
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer_bytes > 0) {  // before connecting: windows are agreed on then
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    // The sender's kernel keeps what we do not take: in proportion to this.
    ::setsockopt(socket, IPPROTO_TCP, TCP_MAXSEG, &small_segment_bytes, sizeof small_segment_bytes);
  }
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return {};
  }
  if (errno != EINPROGRESS) return error(std::strerror(errno));
  pollfd watched{socket, POLLOUT, 0};
  if (::poll(&watched, 1, static_cast<int>(at_most.count())) != 1) return error("no connection");
  int failed = 0;
  socklen_t size = sizeof failed;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &failed, &size);
  if (failed != 0) return error(std::strerror(failed));
  return {};
}

Result<void> TailSocket::send(std::string_view bytes) {
  if (bytes.empty()) return {};
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(bytes.size())) return {};
  return error(sent < 0 ? std::strerror(errno) : "the connection is full");
}

TailSocket::Got TailSocket::read(std::string& into, std::chrono::milliseconds at_most) {
  std::array<pollfd, 2> watched{pollfd{wake_, POLLIN, 0}, pollfd{socket_, POLLIN, 0}};
  const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(at_most.count()));
  if (ready <= 0) return Got::nothing;
  if (watched[0].revents != 0) {
    std::uint64_t times = 0;
    static_cast<void>(::read(wake_, &times, sizeof times));
    return Got::nothing;
  }
  const std::size_t before = into.size();
  into.resize(before + piece_bytes);
  const ssize_t got = ::recv(socket_, into.data() + before, piece_bytes, 0);
  into.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got > 0) return Got::bytes;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? Got::nothing : Got::end;
}

void TailSocket::close() {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void TailSocket::wake() {
  const std::uint64_t once = 1;
  static_cast<void>(::write(wake_, &once, sizeof once));
}

std::size_t TailSocket::unread() const {
  const std::lock_guard lock(mutex_);
  int bytes = 0;
  if (socket_ < 0 || ::ioctl(socket_, FIONREAD, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<std::size_t>(bytes);
}

}  // namespace dcount::sim
