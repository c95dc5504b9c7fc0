// Accepts, see acceptor.h.
#include "server/http/acceptor.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace dcount::http {
namespace {

/// The address of a socket in text; IPv4 in IPv6 is shown as IPv4.
std::pair<std::string, std::uint16_t> address_of(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
    ::inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text, sizeof text);
  else
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return {text, ntohs(v6.sin6_port)};
}

std::string why(const std::string& what, int error) { return what + ": " + std::strerror(error); }

}  // namespace

Acceptor::Acceptor(EventLoop& loop, const Limits& limits, ConnectionTotals& totals,
                   std::function<void(ConnectionSet::Arrival)> deal)
    : loop_(loop),
      limits_(limits),
      totals_(totals),
      deal_(std::move(deal)),
      timer_(loop.impl().io) {}

std::string Acceptor::listen(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  if (int error =
          ::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found))
    return "cannot listen on " + host + ": " + ::gai_strerror(error);
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);

  socket_ = UniqueFd(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) return why("cannot make a socket", errno);
  int on = 1;
  // Not SO_REUSEPORT: with it a second server would share the port in silence.
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket_.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(socket_.get(), backlog_connections_max) != 0) {
    int error = errno;
    socket_.reset();
    if (error == EADDRINUSE) return "port " + service + " is taken by another process";
    return why("cannot listen on " + host + " port " + service, error);
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  port_ = address_of(bound).second;
  return {};
}

void Acceptor::start() {
  if (socket_ && !loop_.impl().watch(socket_.get(), EPOLLIN, *this)) pause();
}

void Acceptor::close() {
  timer_.cancel();
  if (!socket_) return;
  loop_.impl().unwatch(socket_.get());
  socket_.reset();
}

void Acceptor::on_ready(std::uint32_t) {
  for (int i = 0; i < accepts_per_turn_max && socket_; ++i)
    if (!accept_one()) return;
}

/// False: nothing more to accept for now.
bool Acceptor::accept_one() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  UniqueFd fd(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    if (errno == EAGAIN) return false;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      pause();
      return false;
    }
    return true;  // ECONNABORTED and the like concern that one connection
  }
  const std::uint64_t open = totals_.open.load();
  const bool over_limit = open >= limits_.connections_max;
  totals_.accepted.fetch_add(1);
  if (over_limit) totals_.refused.fetch_add(1);
  if (open >= limits_.connections_max + refused_connections_max) return true;
  totals_.open.fetch_add(1);
  auto [address, port] = address_of(peer);
  deal_({TcpStream(std::move(fd)), std::move(address), port, over_limit});
  return true;
}

/// Descriptors or memory are short: others may give some back.
void Acceptor::pause() {
  loop_.impl().unwatch(socket_.get());
  timer_.expires_after(pause_time);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) start();
  });
}

}  // namespace dcount::http
