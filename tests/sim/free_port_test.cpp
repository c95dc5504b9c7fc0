#include "sim/free_port.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A server as others write them: SO_REUSEADDR, then bind and listen. -1: it could not.
int listen_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = loopback(port);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(fd, 8) == 0) {
    return fd;
  }
  ::close(fd);
  return -1;
}

bool can_connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

TEST(FreePort, ManyAreDistinct) {
  std::vector<FreePort> ports;
  std::set<std::uint16_t> numbers;
  for (int i = 0; i < 200; ++i) {
    ports.push_back(std::move(*FreePort::any()));
    numbers.insert(ports.back().number());
  }
  EXPECT_EQ(numbers.size(), ports.size());
  EXPECT_EQ(numbers.count(0), 0u);
}

TEST(FreePort, AServerGetsItAgainAndAgain) {
  auto port = FreePort::any();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(can_connect(port->number()));
    const int server = listen_on(port->number());
    ASSERT_GE(server, 0);
    EXPECT_TRUE(can_connect(port->number()));
    ::close(server);
  }
}

TEST(FreePort, OneThatIsTakenIsAnError) {
  auto port = FreePort::any();
  const int server = listen_on(port->number());
  EXPECT_FALSE(FreePort::exactly(port->number())) << "listened on";
  EXPECT_TRUE(can_connect(port->number()));
  ::close(server);
  const auto number = port->number();
  port = FreePort::any();
  auto again = FreePort::exactly(number);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->number(), number);
}

TEST(FreePort, AFileKeepsTheNumber) {
  store::TemporaryDirectory place;
  std::uint16_t first = FreePort::kept_in(place.path() / "port")->number();
  auto again = FreePort::kept_in(place.path() / "port");
  EXPECT_EQ(again->number(), first);
  EXPECT_FALSE(FreePort::kept_in(place.path() / "nowhere" / "port"));
}

}  // namespace
}  // namespace dcount::sim
