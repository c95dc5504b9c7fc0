#include "sim/free_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <utility>

namespace dcount::sim {
namespace {

constexpr std::uint16_t lowest = 20000;
constexpr int attempts_below_ephemeral = 30;

Error failure(const std::string& what, int error_number) {
  return Error{Certainty::definite, what + ": " + std::strerror(error_number)};
}

/// Where the kernel begins with the ports that it picks itself.
std::uint16_t first_ephemeral() {
  std::uint16_t first = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  return first;
}

}  // namespace

Result<FreePort> FreePort::bind(std::uint16_t number, Sharing sharing) {
  FreePort port(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), number);
  const int on = 1;
  auto share = [&] { ::setsockopt(port.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); };
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(number);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (sharing == Sharing::from_the_start) share();
  if (port.fd_ < 0 || ::bind(port.fd_, generic, size) != 0 ||
      ::getsockname(port.fd_, generic, &size) != 0) {
    return failure("port " + std::to_string(number) + " of 127.0.0.1", errno);
  }
  share();
  port.number_ = ntohs(address.sin_port);
  return port;
}

Result<FreePort> FreePort::exactly(std::uint16_t number) {
  return bind(number, Sharing::from_the_start);
}

Result<FreePort> FreePort::any() {
  if (const std::uint16_t end = first_ephemeral(); end > lowest + 1000) {
    std::random_device source;
    std::uniform_int_distribution<int> among(lowest, end - 1);
    for (int i = 0; i < attempts_below_ephemeral; ++i) {
      const auto number = static_cast<std::uint16_t>(among(source));
      if (auto port = bind(number, Sharing::once_bound)) return port;
    }
  }
  return bind(0, Sharing::once_bound);
}

Result<FreePort> FreePort::kept_in(const std::filesystem::path& file) {
  std::uint16_t number = 0;
  if (std::ifstream(file) >> number) return exactly(number);
  auto port = any();
  if (!port) return port;
  if (!(std::ofstream(file) << port->number() << "\n" << std::flush)) {
    return failure("cannot write " + file.string(), errno);
  }
  return port;
}

FreePort::FreePort(FreePort&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), number_(other.number_) {}

FreePort& FreePort::operator=(FreePort&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(number_, other.number_);
  return *this;
}

FreePort::~FreePort() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace dcount::sim
