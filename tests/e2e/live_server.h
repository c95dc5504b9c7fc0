// The real server as a process of its own, that can be killed as a power failure kills it and
// started again on the same port and directory.
//
// Thread-safety: one thread, except port().
#pragma once

#include <signal.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/free_port.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {

class LiveServer {
 public:
  explicit LiveServer(std::vector<std::string> more_options = {})
      : more_options_(std::move(more_options)) {
    start();
  }

  void start() {
    std::vector<std::string> arguments{"server", "--listen", "127.0.0.1:" + std::to_string(port()),
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

  std::uint16_t port() const { return port_.number(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  std::string data_directory() const { return (place_.path() / "data").string(); }
  const Workplace& place() const { return place_; }

 private:
  Workplace place_;
  sim::FreePort port_ = sim::FreePort::any().value();  ///< also while no server runs
  std::vector<std::string> more_options_;
  std::unique_ptr<Running> process_;
};

}  // namespace dcount::test
