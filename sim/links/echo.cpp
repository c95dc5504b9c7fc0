#include "sim/links/echo.h"

#include <array>
#include <boost/asio/write.hpp>
#include <memory>

namespace dcount::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Half duplex: reads on when what it got is back.
struct EchoSession : std::enable_shared_from_this<EchoSession> {
  explicit EchoSession(tcp::socket with) : socket(std::move(with)) {}

  void read() {
    socket.async_read_some(asio::buffer(bytes),
                           [self = shared_from_this()](auto error, std::size_t count) {
                             if (!error) self->write(count);
                           });
  }
  void write(std::size_t count) {
    asio::async_write(socket, asio::buffer(bytes, count),
                      [self = shared_from_this()](auto error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  tcp::socket socket;
  std::array<char, 16 << 10> bytes;
};

}  // namespace

EchoServer::EchoServer(asio::io_context& io)
    : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  accept();
}

void EchoServer::accept() {
  acceptor_.async_accept([this](auto error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      auto session = std::make_shared<EchoSession>(std::move(socket));
      session->bytes[0] = greeting;
      session->write(1);
    }
    accept();
  });
}

}  // namespace dcount::sim
