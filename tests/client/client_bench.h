// A client with a fake server and a fake clock, and ports where nobody answers.
//
// Thread-safety: one test's.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "client/client.h"
#include "tests/client/fake_clock.h"
#include "tests/client/fake_server.h"

namespace dcount::client {

/// A port nobody listens on, while it is held; or one where nobody answers.
class DeadPort {
 public:
  explicit DeadPort(bool connects = false)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    if (connects) {
      EXPECT_EQ(::listen(fd_, 16), 0);
    }
  }
  ~DeadPort() { ::close(fd_); }
  Endpoint endpoint() const { return {"127.0.0.1", port_}; }
  /// How many have connected.
  int callers() const {
    int count = 0;
    for (int fd = -1; (fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0; ++count) {
      ::close(fd);
    }
    return count;
  }

 private:
  int fd_;
  std::uint16_t port_;
};

class ClientBench : public testing::Test {
 protected:
  Client client_for(std::vector<Endpoint> endpoints) {
    ClientOptions options;
    options.endpoints = std::move(endpoints);
    options.clock = &clock;
    return Client(options);
  }

  test::FakeServer server;
  test::FakeClock clock;
  Client client = client_for({server.endpoint()});
};

}  // namespace dcount::client
