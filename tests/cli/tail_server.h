// The other side of a tail, played by the test itself: it takes a connection, sees what was asked,
// and answers byte by byte, well or badly.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "client/endpoint.h"
#include "tests/links/sockets.h"

namespace dcount::test {

/// As the server writes it, without the line's end.
inline std::string tail_line(const std::string& id, std::int64_t n, std::int64_t revision,
                             bool complete = true) {
  return R"({"id":")" + id + R"(","n":)" + std::to_string(n) + R"(,"c":"c","rev":)" +
         std::to_string(revision) + (complete ? R"(,"complete":true})" : "}");
}
inline std::string deletion_line(const std::string& id, std::int64_t revision) {
  return R"({"id":")" + id + R"(","d":1,"c":"c","rev":)" + std::to_string(revision) +
         R"(,"complete":true})";
}
inline std::string bookmark_line(std::int64_t revision) {
  return R"({"rev":)" + std::to_string(revision) + R"(,"complete":true})";
}

/// A connection and the request that came over it.
class TailCall {
 public:
  explicit TailCall(sim::TestSocket socket) : socket_(std::move(socket)) {
    while (socket_.is_open() && head_.find("\r\n\r\n") == head_.npos) {
      const std::string byte = socket_.receive(1);
      if (byte.empty()) break;
      head_ += byte;
    }
  }

  bool came() const { return !head_.empty(); }
  const std::string& head() const { return head_; }
  /// "/tail/?snapshot=true"
  std::string target() const {
    const auto begin = head_.find(' ') + 1;
    return came() ? head_.substr(begin, head_.find(' ', begin) - begin) : "nobody came";
  }

  TailCall& begin() {
    return raw(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
        "Transfer-Encoding: chunked\r\n\r\n");
  }
  /// In a chunk of its own.
  TailCall& line(const std::string& text) { return chunk(text + "\n"); }
  TailCall& chunk(const std::string& bytes) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return raw(size + bytes + "\r\n");
  }
  TailCall& raw(std::string_view bytes) {
    if (came()) socket_.send(bytes);
    return *this;
  }
  /// In good order.
  void finish() {
    raw("0\r\n\r\n");
    socket_.end_sending();
  }
  void cut() { socket_.close(); }
  void refuse(int status, const std::string& problem = "{}") {
    raw("HTTP/1.1 " + std::to_string(status) +
        " No\r\nContent-Type: application/problem+json\r\nConnection: close\r\nContent-Length: " +
        std::to_string(problem.size()) + "\r\n\r\n" + problem);
    socket_.end_sending();
  }
  /// As the server does when the changes are not kept any more.
  void gone(std::int64_t oldest) {
    refuse(410, R"({"status":410,"code":"gone","detail":"too old","oldest":)" +
                    std::to_string(oldest) + "}");
  }
  /// True once the other side has closed.
  bool is_left() const { return socket_.end() != sim::TestSocket::End::open; }
  sim::TestSocket& socket() { return socket_; }

 private:
  sim::TestSocket socket_;
  std::string head_;
};

class TailServer {
 public:
  client::Endpoint endpoint() const { return {"127.0.0.1", listener_.port()}; }
  std::string url() const { return endpoint().url(); }
  /// The next request; one that !came() when there is none.
  TailCall accept() { return TailCall(listener_.accept()); }
  /// No more connections.
  void close() { listener_.close(); }

 private:
  sim::TestListener listener_;
};

}  // namespace dcount::test
