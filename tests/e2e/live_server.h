// The real server as a process of its own, that can be killed as a power failure kills it and
// started again on the same port and directory.
//
// Thread-safety: one thread, except port().
#pragma once

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/run_dcount.h"

namespace dcount::test {

/// A port that was free a moment ago.
inline std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool ok = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!ok) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

class LiveServer {
 public:
  explicit LiveServer(std::vector<std::string> more_options = {})
      : port_(free_port()), more_options_(std::move(more_options)) {
    start();
  }

  void start() {
    std::vector<std::string> arguments{"server", "--listen", "127.0.0.1:" + std::to_string(port_),
                                       "--data", data_directory()};
    arguments.insert(arguments.end(), more_options_.begin(), more_options_.end());
    process_ = std::make_unique<Running>(place_, arguments);
    if (!process_->wait_for_output("is ready")) {
      throw std::runtime_error("the server did not start: " + process_->wait().err);
    }
  }

  /// SIGKILL: what is not on disk is lost.
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }

  /// SIGTERM, and what it left behind.
  Ran stop() {
    process_->signal(SIGTERM);
    return process_->wait();
  }

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string data_directory() const { return (place_.path() / "data").string(); }
  const Workplace& place() const { return place_; }

 private:
  Workplace place_;
  std::uint16_t port_;
  std::vector<std::string> more_options_;
  std::unique_ptr<Running> process_;
};

}  // namespace dcount::test
