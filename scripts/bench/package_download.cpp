// See package_download.h.
#include "package_download.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace dcount::bench_packages {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t piece_bytes_max = 4 << 20;
constexpr std::size_t head_bytes_max = 16 << 10;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Client {
 public:
  Client(const sockaddr_in& server, const std::string& request) : request_(request) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) fail("socket");
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
      const int error = errno;
      ::close(fd_);
      errno = error;
      fail("connect");
    }
  }
  Client(Client&& other) noexcept : request_(other.request_), fd_(std::exchange(other.fd_, -1)) {}
  Client& operator=(Client&&) = delete;
  ~Client() { give_up(); }

  void ask() {
    // A request is shorter than any socket's buffer, and the one before is answered.
    if (::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      error_ = "a request could not be sent";
    }
  }
  /// Takes what is there. False: error() says why there is no more.
  bool read() {
    if (error_.empty()) in_body_ ? read_body() : read_head();
    return error_.empty();
  }
  void give_up() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  int fd() const { return fd_; }
  const std::string& error() const { return error_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t files() const { return files_; }

 private:
  void read_head() {
    std::array<char, 4096> piece;
    const auto got = receive(piece.data(), piece.size(), 0);
    if (!got) return;
    head_.append(piece.data(), *got);
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (head_.size() > head_bytes_max) error_ = "a head without an end";
      return;
    }
    const std::uint64_t come = head_.size() - end - 4;
    const auto length = body_bytes(std::string_view(head_).substr(0, end + 2));
    if (!length) return;
    left_ = *length;
    head_.clear();
    in_body_ = true;
    took(come);
  }
  void read_body() {
    // TCP drops what is received with MSG_TRUNC, and the buffer is never written to.
    const auto got = receive(nullptr, std::min<std::uint64_t>(left_, piece_bytes_max), MSG_TRUNC);
    if (got) took(*got);
  }
  void took(std::uint64_t bytes) {
    if (bytes > left_) {
      error_ = "more than the Content-Length";
      return;
    }
    bytes_ += bytes;
    left_ -= bytes;
    if (left_ > 0) return;
    ++files_;
    in_body_ = false;
    ask();
  }
  std::optional<std::size_t> receive(char* to, std::size_t bytes, int flags) {
    const ssize_t got = ::recv(fd_, to, bytes, flags | MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0 || errno != EAGAIN) error_ = got == 0 ? "closed" : "broken";
    return std::nullopt;
  }
  std::optional<std::uint64_t> body_bytes(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    if (!head.starts_with("HTTP/1.1 200 ")) {
      error_ = head.substr(0, head.find("\r\n"));
      return std::nullopt;
    }
    const std::size_t at = head.find(name);
    std::uint64_t length = 0;
    if (at == head.npos ||
        std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length).ec !=
            std::errc{}) {
      error_ = "no Content-Length";
      return std::nullopt;
    }
    return length;
  }

  const std::string& request_;
  int fd_ = -1;
  bool in_body_ = false;
  std::string head_;
  std::uint64_t left_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t files_ = 0;
  std::string error_;
};

class Epoll {
 public:
  Epoll() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) fail("epoll_create1");
  }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;
  ~Epoll() { ::close(fd_); }

  void add(Client& client) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
    if (::epoll_ctl(fd_, EPOLL_CTL_ADD, client.fd(), &event) != 0) fail("epoll_ctl");
  }
  int wait(std::array<epoll_event, 128>& events) {
    const int count = ::epoll_wait(fd_, events.data(), static_cast<int>(events.size()), 100);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    return count;
  }

 private:
  int fd_;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string request_of(const DownloadOptions& options) {
  std::string request = "GET " + options.path + " HTTP/1.1\r\nHost: " + options.host + "\r\n";
  if (!options.key.empty()) request += "Authorization: Bearer " + options.key + "\r\n";
  return request + "\r\n";
}

sockaddr_in address_of(const DownloadOptions& options) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(options.port));
  if (::inet_pton(AF_INET, options.host.c_str(), &address.sin_addr) != 1) {
    throw std::runtime_error("no IPv4 address: " + options.host);
  }
  return address;
}

}  // namespace

Downloaded download(const DownloadOptions& options) {
  const std::string request = request_of(options);
  const sockaddr_in address = address_of(options);
  std::vector<Client> clients;
  for (std::size_t i = 0; i < options.connections; ++i) clients.emplace_back(address, request);
  Epoll epoll;
  for (Client& client : clients) epoll.add(client);

  Downloaded done;
  const double cpu_before = cpu_seconds();
  const auto begun = Clock::now();
  const auto end = begun + std::chrono::duration<double>(options.seconds);
  for (Client& client : clients) client.ask();
  std::array<epoll_event, 128> events;
  std::size_t left = clients.size();
  while (left > 0 && Clock::now() < end) {
    const int count = epoll.wait(events);
    for (int i = 0; i < count; ++i) {
      auto& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client.read()) continue;
      ++done.errors[client.error()];
      client.give_up();
      --left;
    }
  }
  done.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  done.cpu_seconds = cpu_seconds() - cpu_before;
  for (const Client& client : clients) {
    done.bytes += client.bytes();
    done.files += client.files();
  }
  const auto [least, most] = std::ranges::minmax_element(clients, {}, &Client::bytes);
  done.least = least->bytes();
  done.most = most->bytes();
  return done;
}

}  // namespace dcount::bench_packages
