// The loop against servers that answer in pieces, wrongly or not at all.
#include "cli/bench_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "cli/bench_load.h"

namespace dcount::cli::bench {
namespace {

/// A listener that answers by hand what each test wants.
class RawServer {
 public:
  explicit RawServer(std::function<void(int client)> serve) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      for (;;) {
        const int client = ::accept(listener_, nullptr, nullptr);
        if (client < 0) return;
        serve(client);
        ::close(client);
      }
    });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::uint16_t port = 0;

 private:
  int listener_;
  std::thread thread_;
};

/// The bytes up to the end of the next request without a body, or nothing at the end.
bool read_request(int client) {
  std::string seen;
  char byte;
  while (!seen.ends_with("\r\n\r\n")) {
    if (::recv(client, &byte, 1, 0) != 1) return false;
    seen += byte;
  }
  return true;
}

LoadResult one_connection(const RawServer& server, std::uint64_t requests) {
  LoadOptions options{.servers = {*resolve("127.0.0.1", server.port)}};
  options.connections = 1;
  options.requests = requests;
  return run_load({}, options, {});
}

TEST(BenchLoop, AnswersInPiecesOfOneByteAreUnderstood) {
  const RawServer server([](int client) {
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    while (read_request(client)) {
      for (const char byte : answer) ::send(client, &byte, 1, MSG_NOSIGNAL);
    }
  });
  const LoadResult load = one_connection(server, 50);
  EXPECT_EQ(load.total.good, 50u);
  EXPECT_TRUE(load.total.errors.empty());
}

TEST(BenchLoop, PipelinedAnswersAreMatchedInOrder) {
  const RawServer server([](int client) {
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    while (read_request(client)) ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
  });
  LoadOptions options{.servers = {*resolve("127.0.0.1", server.port)}};
  options.connections = 1;
  options.pipeline = 8;
  options.requests = 1000;
  EXPECT_EQ(run_load({}, options, {}).total.good, 1000u);
}

TEST(BenchLoop, PipelinedAnswersCutAnywhereAreUnderstood) {
  const RawServer server([](int client) {
    std::string answers;
    for (int i = 0; i < 4; ++i) answers += "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t piece = 1; read_request(client); ++piece) {
      for (int more = 0; more < 3; ++more) read_request(client);
      for (std::size_t at = 0; at < answers.size(); at += piece) {
        const std::string part = answers.substr(at, piece);
        ::send(client, part.data(), part.size(), MSG_NOSIGNAL);
      }
    }
  });
  LoadOptions options{.servers = {*resolve("127.0.0.1", server.port)}};
  options.connections = 1;
  options.pipeline = 4;
  options.requests = 400;
  const LoadResult load = run_load({}, options, {});
  EXPECT_EQ(load.total.good, 400u);
  EXPECT_TRUE(load.total.errors.empty());
}

TEST(BenchLoop, AConnectionThatKeepsBreakingIsGivenUpAndCounted) {
  std::atomic<int> seen = 0;
  const RawServer server([&](int client) {
    read_request(client);
    ++seen;
  });
  const LoadResult load = one_connection(server, 100);
  EXPECT_EQ(load.total.good, 0u);
  EXPECT_EQ(load.total.sent, static_cast<std::uint64_t>(Loop::failures_in_row_max));
  EXPECT_EQ(load.total.errors.at("connection closed"), load.total.sent);
  EXPECT_EQ(load.total.errors.at("connection given up"), 1u);
  EXPECT_EQ(seen, Loop::failures_in_row_max);
}

TEST(BenchLoop, AMalformedAnswerIsAnError) {
  const RawServer server([](int client) {
    read_request(client);
    ::send(client, "<html>", 6, MSG_NOSIGNAL);
  });
  EXPECT_EQ(one_connection(server, 1).total.errors.at("malformed answer"), 1u);
}

}  // namespace
}  // namespace dcount::cli::bench
