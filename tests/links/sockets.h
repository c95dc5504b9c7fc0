// Both ends of a link in one thread: blocking sockets with deadlines. A test fails after them; none
// waits for one.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dcount::sim {

inline constexpr std::chrono::milliseconds patience{20'000};

class TestSocket {
 public:
  explicit TestSocket(int fd) : fd_(fd) {}
  TestSocket(TestSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  TestSocket& operator=(TestSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~TestSocket() { close(); }

  /// errno of the attempt in `error`, 0 when it is connected.
  static TestSocket to(std::uint16_t port, int* error = nullptr) {
    TestSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool failed =
        ::connect(socket.fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
    if (error != nullptr) *error = failed ? errno : 0;
    return socket;
  }

  bool is_open() const { return fd_ >= 0; }
  bool can(short events, std::chrono::milliseconds at_most) const {
    pollfd one{fd_, events, 0};
    return ::poll(&one, 1, static_cast<int>(at_most.count())) > 0;
  }
  /// All of it, or false.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      if (!can(POLLOUT, patience)) return false;
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN) return false;
      if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// What the kernel takes without waiting.
  std::size_t send_what_fits(std::string_view bytes) const {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  /// So many bytes, or fewer when the stream ends or the time is over.
  std::string receive(std::size_t count, std::chrono::milliseconds at_most = patience) const {
    std::string all;
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (all.size() < count && std::chrono::steady_clock::now() < deadline) {
      if (!can(POLLIN, std::chrono::milliseconds(5))) continue;
      char bytes[64 << 10];
      const auto n = ::recv(fd_, bytes, std::min(sizeof bytes, count - all.size()), MSG_DONTWAIT);
      if (n == 0 || (n < 0 && errno != EAGAIN)) break;
      if (n > 0) all.append(bytes, static_cast<std::size_t>(n));
    }
    return all;
  }
  enum class End { open, closed, reset };
  /// How the stream has ended, or ends soon; what arrives before is dropped.
  End end(std::chrono::milliseconds at_most = patience) const {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (std::chrono::steady_clock::now() < deadline) {
      if (!can(POLLIN, std::chrono::milliseconds(5))) continue;
      char bytes[4096];
      const auto n = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
      if (n == 0) return End::closed;
      if (n < 0 && errno != EAGAIN) return End::reset;
    }
    return End::open;
  }
  bool silent() const { return !can(POLLIN, std::chrono::milliseconds(30)); }
  void end_sending() const { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

/// Listens on a port of its own; connections wait for accept().
class TestListener {
 public:
  TestListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 128);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  TestListener(const TestListener&) = delete;
  TestListener& operator=(const TestListener&) = delete;
  ~TestListener() { close(); }

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Not open when nobody came.
  TestSocket accept(std::chrono::milliseconds at_most = patience) const {
    pollfd one{socket_, POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(at_most.count())) <= 0) return TestSocket(-1);
    return TestSocket(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
  }
  bool nobody() const { return !accept(std::chrono::milliseconds(30)).is_open(); }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

 private:
  int socket_;
  std::uint16_t port_;
};

}  // namespace dcount::sim
