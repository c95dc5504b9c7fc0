#include "sim/links/front.h"

#include <charconv>
#include <chrono>

#include "sim/links/connection.h"
#include "sim/links/io_loop.h"

namespace dcount::sim {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// More wait in the kernel's backlog.
constexpr std::size_t unserved_max = 256;
constexpr std::chrono::milliseconds pause_after_error{20};
constexpr const char* nobody = "?";

}  // namespace

Result<tcp::endpoint> parse_target(const std::string& address) {
  const auto colon = address.rfind(':');
  boost::system::error_code error;
  const auto host = asio::ip::make_address_v4(address.substr(0, colon), error);
  std::uint16_t port = 0;
  const char* end = address.data() + address.size();
  if (colon != std::string::npos && !error) {
    const auto parsed = std::from_chars(address.data() + colon + 1, end, port);
    if (parsed.ec == std::errc() && parsed.ptr == end && port != 0) {
      return tcp::endpoint(host, port);
    }
  }
  return Error{Certainty::definite, "not an IPv4 address and a port: " + address};
}

Front::Front(IoLoop& loop, const FrontOptions& options, Kind kind, FreePort port)
    : loop_(loop),
      kind_(kind),
      to_(options.to),
      port_(std::move(port)),
      acceptor_(loop.io),
      pause_(loop.io) {}

Result<std::unique_ptr<Front>> Front::make(IoLoop& loop, const FrontOptions& options, Kind kind) {
  tcp::endpoint target;
  if (!options.target.empty()) {
    auto parsed = parse_target(options.target);
    if (!parsed) return parsed.error();
    target = *parsed;
  }
  auto port = options.port.empty() ? FreePort::any() : FreePort::kept_in(options.port);
  if (!port) return port.error();
  std::unique_ptr<Front> front(new Front(loop, options, kind, std::move(*port)));
  front->target_ = target;
  if (auto listens = front->listen(); !listens) return listens.error();
  return front;
}

Link& Front::from(const std::string& name) {
  auto& link = links_[name];
  if (!link) link.reset(new Link(*this, name, to_));
  return *link;
}

void Front::set_target(tcp::endpoint target) {
  target_ = target;
  for (const auto& [name, link] : links_) {
    const auto all = link->state_->connections;  // a copy: they may leave
    for (const auto& connection : all) connection->go_on();
  }
}

Result<void> Front::listen() {
  if (acceptor_.is_open()) return {};
  boost::system::error_code error;
  acceptor_.open(tcp::v4(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind({asio::ip::address_v4::loopback(), port()}, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    stop_listening();
    return Error{Certainty::definite, "cannot listen on port " + std::to_string(port()) +
                                          " of 127.0.0.1: " + error.message()};
  }
  accept_more();
  return {};
}

void Front::stop_listening() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

void Front::accept_more() {
  if (accepting_ || !acceptor_.is_open() || unserved_ >= unserved_max) return;
  accepting_ = true;
  acceptor_.async_accept([this](auto error, tcp::socket socket) {
    accepting_ = false;
    if (!error) take(std::move(socket));
    if (!error || error == asio::error::operation_aborted) {
      accept_more();  // which may be on a listener that was opened since
      return;
    }
    pause_.expires_after(pause_after_error);  // out of files, perhaps
    pause_.async_wait([this](auto) { accept_more(); });
  });
}

void Front::take(tcp::socket socket) {
  boost::system::error_code error;
  const auto from = socket.remote_endpoint(error);
  if (error) return;
  const auto probe = probes_.find(from.port());
  const bool is_probe = probe != probes_.end();
  const auto connection = std::make_shared<Connection>(*this, std::move(socket),
                                                       is_probe ? from.port() : std::uint16_t{0});
  ++unserved_;
  connection->start();
  if (is_probe) {
    connection->join(*probe->second);
  } else if (!is_shared()) {
    connection->join(*links_.begin()->second->state_);
  }
}

LinkState* Front::link_of(const tcp::socket& socket, std::string_view begin, bool is_all) {
  auto source = source_of(begin);
  if (!source && !is_all) return nullptr;
  std::string name = source ? loop_.sources.name_of(*source) : "";
  if (!links_.contains(name)) {
    boost::system::error_code error;
    const auto other_end = socket.remote_endpoint(error);
    if (!error) name = loop_.sources.name_of_owner(other_end.port(), port());
  }
  if (!links_.contains(name)) name = nobody;
  return from(name).state_.get();
}

void Front::served() {
  --unserved_;
  accept_more();
}

void Front::left(bool was_served) {
  if (!was_served) served();
}

}  // namespace dcount::sim
