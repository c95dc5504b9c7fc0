#include "tests/mirror/scripted_feed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <system_error>

namespace dcount::test {
namespace {

constexpr int look_ms = 20;

bool readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, look_ms) == 1;
}

std::string target_of(const std::string& request) {
  auto begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

}  // namespace

std::string FeedConnection::target() const { return target_of(request_); }

std::int64_t FeedConnection::since() const {
  auto at = request_.find("since=");
  return at == std::string::npos ? 0 : std::atoll(request_.c_str() + at + 6);
}

bool FeedConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool FeedConnection::over() const {
  std::array<char, 256> ignored;
  return stopping_ ||
         (readable(fd_) && ::recv(fd_, ignored.data(), ignored.size(), MSG_DONTWAIT) <= 0);
}

void FeedConnection::hold() const {
  while (!over()) {
  }
}

void FeedConnection::cut() {
  linger reset{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

ScriptedFeed::ScriptedFeed()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, name, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, name, &size) != 0) {
    throw std::system_error(errno, std::generic_category());
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedFeed::~ScriptedFeed() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

std::string ScriptedFeed::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void ScriptedFeed::next(Script script) {
  std::lock_guard lock(mutex_);
  scripts_.push_back(std::move(script));
}

void ScriptedFeed::otherwise(Script script) {
  std::lock_guard lock(mutex_);
  otherwise_ = std::move(script);
}

std::vector<std::string> ScriptedFeed::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> ScriptedFeed::targets() const {
  std::vector<std::string> targets;
  for (const std::string& request : requests()) targets.push_back(target_of(request));
  return targets;
}

bool ScriptedFeed::wait_for_requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  return came_.wait_for(lock, std::chrono::minutes(1), [&] { return requests_.size() >= count; });
}

void ScriptedFeed::serve() {
  while (!stopping_) {
    if (!readable(listener_)) continue;
    int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    serve_one(fd);
    ::close(fd);
  }
}

void ScriptedFeed::serve_one(int fd) {
  std::string head;
  std::array<char, 4096> bytes;
  while (head.find("\r\n\r\n") == std::string::npos) {
    if (stopping_) return;
    if (!readable(fd)) continue;
    auto size = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (size <= 0) return;
    head.append(bytes.data(), static_cast<std::size_t>(size));
  }
  Script script;
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(head);
    script = otherwise_;
    if (!scripts_.empty()) {
      script = std::move(scripts_.front());
      scripts_.pop_front();
    }
  }
  came_.notify_all();
  FeedConnection connection(fd, head, stopping_);
  if (script) {
    script(connection);
  } else {
    connection.hold();
  }
}

std::string chunked_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = text.size(); rest > 0; rest >>= 4) size.insert(0, 1, hex[rest & 15]);
  return (size.empty() ? "0" : size) + "\r\n" + std::string(text) + "\r\n";
}

std::string answer(std::string_view body, const std::string& status, const std::string& fields) {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

std::string server_record(int id, std::int64_t updated_at, bool deleted, int port) {
  return "{\"id\":" + std::to_string(id) + ",\"updated_at\":" + std::to_string(updated_at) +
         ",\"deleted_at\":" + (deleted ? std::to_string(updated_at) : "null") +
         ",\"ip\":\"0.0.0.0\",\"port\":" + std::to_string(port) + "}";
}

}  // namespace dcount::test
