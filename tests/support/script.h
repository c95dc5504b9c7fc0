// A program that reads a tail, and what it has printed so far.
//
// Thread-safety: one thread. The program ends with the object.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/process.h"

namespace dcount::test {

class Script {
 public:
  /// Runs it; what it prints, errors too, goes to a file in `folder` that is called `name`. Throws
  /// when it cannot be run.
  Script(const std::filesystem::path& folder, const std::string& name, const std::string& program,
         std::vector<std::string> arguments);

  std::string printed() const;
  /// Polls until it has printed this. False: it has not within a minute, or has ended without.
  bool prints(const std::string& text) const;
  bool running() const { return process_->running(); }
  /// Waits for the end. Nothing: it goes on after a minute.
  std::optional<sim::ProcessExit> wait() const { return process_->wait(std::chrono::minutes(1)); }

 private:
  std::filesystem::path log_;
  std::optional<sim::Process> process_;
};

/// tests/e2e/tail_websockets.py: checks one of its facts against the server on this port.
Script websockets_script(const std::filesystem::path& folder, const std::string& fact,
                         std::uint16_t port);

/// curl without buffers of its own, with these fields, GET.
Script curl_script(const std::filesystem::path& folder, const std::string& name,
                   const std::string& url, const std::vector<std::string>& fields = {});

}  // namespace dcount::test
