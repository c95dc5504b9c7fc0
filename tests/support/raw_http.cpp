// Raw requests, see raw_http.h.
#include "tests/support/raw_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace dcount::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), ::tolower);
  return text;
}

bool wait_for(int fd, short events, std::chrono::milliseconds time) {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, static_cast<int>(time.count())) > 0;
}

}  // namespace

std::string RawAnswer::header(const std::string& name) const {
  auto found = headers.find(lower(name));
  return found == headers.end() ? "" : found->second;
}

RawHttp::RawHttp(std::uint16_t port, int receive_bytes) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), "socket");
  if (receive_bytes > 0)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    int error = errno;
    ::close(fd_);
    throw std::system_error(error, std::system_category(), "connect");
  }
}

RawHttp::RawHttp(RawHttp&& other) noexcept
    : patience(other.patience),
      fd_(std::exchange(other.fd_, -1)),
      received_(std::move(other.received_)) {}

RawHttp::~RawHttp() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawHttp::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::optional<RawAnswer> RawHttp::call(std::string_view bytes) {
  send(bytes);
  return read_answer();
}

bool RawHttp::receive() {
  std::array<char, 65536> buffer;
  if (!wait_for(fd_, POLLIN, patience)) return false;
  ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (n <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

std::string RawHttp::read_bytes(std::size_t bytes) {
  while (received_.size() < bytes && receive()) continue;
  std::string result = received_.substr(0, bytes);
  received_.erase(0, result.size());
  return result;
}

std::optional<RawAnswer> RawHttp::read_answer(bool head) {
  std::size_t end;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!receive()) return {};
  std::string lines = read_bytes(end + 4);
  RawAnswer answer;
  answer.status = std::stoi(lines.substr(9, 3));
  for (std::size_t at = lines.find("\r\n") + 2; at + 2 < lines.size();) {
    std::size_t line_end = lines.find("\r\n", at);
    std::string line = lines.substr(at, line_end - at);
    std::size_t colon = line.find(": ");
    if (colon != std::string::npos)
      answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    at = line_end + 2;
  }
  std::string length = answer.header("Content-Length");
  if (!head && !length.empty()) answer.body = read_bytes(std::stoul(length));
  return answer;
}

bool RawHttp::closes() {
  if (!received_.empty()) return false;
  if (!wait_for(fd_, POLLIN, patience)) return false;
  char byte;
  return ::recv(fd_, &byte, 1, 0) <= 0;
}

bool RawHttp::stays_silent(std::chrono::milliseconds silence) {
  return received_.empty() && !wait_for(fd_, POLLIN, silence);
}

void RawHttp::shutdown_write() { ::shutdown(fd_, SHUT_WR); }

std::string get(const std::string& path, const std::string& more_fields) {
  return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + more_fields + "\r\n";
}

std::string post(const std::string& path, const std::string& body, const std::string& more_fields) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         more_fields + "\r\n" + body;
}

}  // namespace dcount::test
