#include "sim/links/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A socket of a probe; errors end it.
class ProbeSocket {
 public:
  ProbeSocket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto address = loopback(0);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ProbeSocket(const ProbeSocket&) = delete;
  ProbeSocket& operator=(const ProbeSocket&) = delete;
  ~ProbeSocket() {
    // Reset: what a fault still holds of it must not come through later.
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(fd_);
  }

  int fd() const { return fd_; }
  std::uint16_t near_port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }
  /// False: the time is over.
  bool wait(short events, Clock::time_point deadline) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd one{fd_, events, 0};
    return left.count() > 0 && ::poll(&one, 1, static_cast<int>(left.count())) > 0;
  }

 private:
  int fd_;
};

/// Sends and receives until all is back. Whether the connection is still good.
bool exchange(const ProbeSocket& socket, std::size_t bytes, Clock::time_point deadline,
              LinkProbe& probe) {
  const std::vector<char> block(16 << 10, 'p');
  std::vector<char> got(64 << 10);
  std::size_t sent = 0;
  const auto began = Clock::now();
  while (probe.answered_bytes < bytes || !probe.greeted) {
    const short events = sent < bytes ? POLLIN | POLLOUT : POLLIN;
    if (!socket.wait(events, deadline)) return true;
    if (sent < bytes) {
      const auto n =
          ::send(socket.fd(), block.data(), std::min(block.size(), bytes - sent), MSG_NOSIGNAL);
      if (n > 0) sent += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN) return false;
    }
    const auto n = ::recv(socket.fd(), got.data(), got.size(), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return false;
    if (n < 0) continue;
    probe.answered_bytes += static_cast<std::size_t>(n) - (probe.greeted ? 0 : 1);
    probe.greeted = true;
  }
  probe.round_trip = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
  probe.end = LinkProbe::End::answered;
  return true;
}

}  // namespace

LinkProbe probe_link(std::uint16_t port, std::size_t bytes, std::chrono::milliseconds at_most,
                     const std::function<void(std::uint16_t)>& expect,
                     const std::function<void(std::uint16_t)>& look) {
  const auto deadline = Clock::now() + at_most;
  const ProbeSocket socket;
  const std::uint16_t near = socket.near_port();
  expect(near);
  LinkProbe probe;
  auto address = loopback(port);
  int error = 0;
  if (::connect(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    error = errno;
  }
  if (error == EINPROGRESS && socket.wait(POLLOUT, deadline)) {
    socklen_t size = sizeof error;
    ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == ECONNREFUSED) {
    probe.end = LinkProbe::End::refused;
  } else if (error != EINPROGRESS) {
    // A reset may come before we have noticed that we were connected.
    const bool good = error == 0 && exchange(socket, bytes, deadline, probe);
    if (!good) probe.end = LinkProbe::End::reset;
  }
  if (look) look(near);
  return probe;
}

}  // namespace dcount::sim
