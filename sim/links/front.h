// A listener and who is behind it: takes connections and finds out whose they are. Its port is its
// own for as long as it lives, listening or not.
//
// Thread-safety: the io thread's, but for make, port() and the lists of links, which Links guards
// by asking on the io thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/result.h"
#include "sim/free_port.h"
#include "sim/links/link.h"
#include "sim/links/links.h"

namespace dcount::sim {

/// "127.0.0.1:2379"; IPv4 alone.
Result<boost::asio::ip::tcp::endpoint> parse_target(const std::string& address);

class Front {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  enum class Kind { of_one, shared };

  /// Listens at once.
  static Result<std::unique_ptr<Front>> make(IoLoop& loop, const FrontOptions& options, Kind kind);

  IoLoop& loop() const { return loop_; }
  std::uint16_t port() const { return port_.number(); }
  bool is_shared() const { return kind_ == Kind::shared; }

  /// The link of this one, made when it is not there.
  Link& from(const std::string& name);

  /// Port 0: not known yet.
  boost::asio::ip::tcp::endpoint target() const { return target_; }
  void set_target(boost::asio::ip::tcp::endpoint target);

  /// Refused by the kernel while it does not listen.
  Result<void> listen();
  void stop_listening();
  void accept_more();

  /// The link that a connection belongs to that begins with these bytes; nullptr: not known yet.
  LinkState* link_of(const Socket& socket, std::string_view begin, bool is_all);
  /// A connection from this port is a probe of that link.
  void expect_probe(std::uint16_t port, LinkState& link) { probes_[port] = &link; }
  void forget_probe(std::uint16_t port) { probes_.erase(port); }
  /// A connection has reached the target, or has gone.
  void served();
  void left(bool was_served);

 private:
  Front(IoLoop& loop, const FrontOptions& options, Kind kind, FreePort port);
  void take(Socket socket);

  IoLoop& loop_;
  const Kind kind_;
  const std::string to_;
  FreePort port_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;  // after a failed accept
  boost::asio::ip::tcp::endpoint target_;
  std::map<std::string, std::unique_ptr<Link>> links_;
  std::map<std::uint16_t, LinkState*> probes_;
  std::size_t unserved_ = 0;  // taken, and not connected to the target
  bool accepting_ = false;
};

}  // namespace dcount::sim
