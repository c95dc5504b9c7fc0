// One connection through a link: two sockets and a pump each way.
//
// Thread-safety: the io thread's. It lives as long as a link lists it, or a handler waits for it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>

#include "sim/links/link_state.h"
#include "sim/links/pump.h"

namespace dcount::sim {

class Front;
struct IoLoop;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// Probes, which are known by the port that they come from, go to the echo and are not counted.
  Connection(Front& front, Socket near, std::uint16_t probe_port = 0);

  /// Reads from now on; it is known to nobody but its handlers until it joins a link.
  void start();
  /// It is this link's. Once.
  void join(LinkState& link);
  /// Whose is it? Asked after each piece that arrives before it has joined a link.
  void look_at_head();
  /// After a change of faults, or of the target: whatever can go on does.
  void go_on();
  void set_hangs(bool hangs) { hangs_ = hangs; }
  /// RST to both sides.
  void abort();
  void close_when_done();

  bool closed() const { return closed_; }
  bool hangs() const { return hangs_; }
  bool is_probe() const { return probe_port_ != 0; }
  /// The near port of who connected; 0: not a probe.
  std::uint16_t probe_port() const { return probe_port_; }
  /// Whether nothing may leave this way now.
  bool blocks(const Flow& flow) const { return flow.stopped || hangs_ || !is_connected_; }
  std::size_t held_forward() const { return forward_.held_bytes(); }
  std::size_t held_backward() const { return backward_.held_bytes(); }
  IoLoop& loop() const;

 private:
  void connect();
  void leave();

  Front& front_;
  const std::uint16_t probe_port_;
  Socket near_;  // to who connected
  Socket far_;   // to the target
  Pump forward_;
  Pump backward_;
  LinkState* link_ = nullptr;
  bool hangs_ = false;
  bool connect_began_ = false;
  bool is_connected_ = false;
  bool closed_ = false;
};

}  // namespace dcount::sim
