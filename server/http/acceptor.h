// The listening socket: takes connections in and hands them round to the loops.
//
// Thread-safety: listen before the loops run; the rest on its loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/http/connection_set.h"

namespace dcount::http {

class Acceptor final : private ReadyHandler {
 public:
  /// `deal` gets every connection, over the limit or not. Totals count it already.
  Acceptor(EventLoop& loop, const Limits& limits, ConnectionTotals& totals,
           std::function<void(ConnectionSet::Arrival)> deal);

  /// Returns what went wrong, for people, or an empty string.
  [[nodiscard]] std::string listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const { return port_; }

  void start();
  void close();

 private:
  static constexpr int accepts_per_turn_max = 64;
  static constexpr int backlog_connections_max = 1024;
  /// Over the limit, told so and lingering; beyond these a connection is closed without a word.
  static constexpr std::uint64_t refused_connections_max = 256;
  static constexpr std::chrono::milliseconds pause_time{100};

  void on_ready(std::uint32_t events) override;
  bool accept_one();
  void pause();

  EventLoop& loop_;
  const Limits& limits_;
  ConnectionTotals& totals_;
  std::function<void(ConnectionSet::Arrival)> deal_;
  boost::asio::steady_timer timer_;
  UniqueFd socket_;
  std::uint16_t port_ = 0;
};

}  // namespace dcount::http
