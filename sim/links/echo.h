// What probes find behind a link in place of its target: greets with one byte, then sends back
// whatever it gets.
//
// Thread-safety: the io thread's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace dcount::sim {

class EchoServer {
 public:
  static constexpr char greeting = '!';

  /// Throws when there is no port.
  explicit EchoServer(boost::asio::io_context& io);
  boost::asio::ip::tcp::endpoint address() const { return acceptor_.local_endpoint(); }

 private:
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace dcount::sim
