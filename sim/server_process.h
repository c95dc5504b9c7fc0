// A real `dcount server`: a process of its own that can be killed as a power failure kills it, and
// started again on the same port and data.
//
// Thread-safety: one thread. The process ends with the object, and with this process.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/free_port.h"
#include "sim/process.h"

namespace dcount::sim {

/// How long a server may take to be ready, and to stop when it is asked to.
inline constexpr std::chrono::seconds server_start_time{20};
inline constexpr std::chrono::seconds server_stop_time{10};

struct ServerOptions {
  std::filesystem::path directory;  ///< for data, log and port; made when it is not there
  std::string name = "node-1";      ///< --node
  std::string store = "rocks";      ///< --store, also "etcd://host:port,…"
  std::filesystem::path binary;     ///< of dcount; empty: this program itself
  std::vector<std::string> more_options;
  std::map<std::string, std::string> environment;  ///< on top of ours
};

class ServerProcess {
 public:
  /// Takes the port it had in its directory, or a free one. Starts nothing yet.
  static Result<ServerProcess> make(ServerOptions options);

  /// From its next start on.
  void add_options(const std::vector<std::string>& more) {
    auto& all = options_.more_options;
    all.insert(all.end(), more.begin(), more.end());
  }

  /// Runs it, if it does not run, and waits until it is ready. Error: it cannot be run, it has
  /// ended (with the end of its log), it is not ready in time; in the last case it goes on running.
  Result<void> start();
  /// The first half of start: does not wait.
  Result<void> launch();
  /// The second half of it.
  Result<void> wait_ready(std::chrono::milliseconds at_most = server_start_time);

  void kill();  ///< SIGKILL: what is not on disk is lost
  /// SIGTERM, and SIGKILL after the time. How it ended; nothing if it never ran.
  std::optional<ProcessExit> stop(std::chrono::milliseconds at_most = server_stop_time);
  void pause();   ///< SIGSTOP
  void resume();  ///< SIGCONT
  /// stop and start: the same port, the same data.
  Result<void> restart();

  bool running() const { return process_ && process_->running(); }
  /// Whether GET /readyz is answered with 200 within the time.
  bool ready(std::chrono::milliseconds at_most) const;
  /// The process, running or not; nullptr before the first start.
  const Process* process() const { return process_ ? &*process_ : nullptr; }

  const std::string& name() const { return options_.name; }
  std::uint16_t port() const { return port_.number(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  const std::filesystem::path& directory() const { return options_.directory; }
  std::filesystem::path data() const { return options_.directory / "data"; }
  std::filesystem::path log() const { return options_.directory / "log"; }

 private:
  ServerProcess(ServerOptions options, FreePort port);

  ServerOptions options_;
  FreePort port_;
  std::optional<Process> process_;
};

/// GET /readyz of a server at `url`: 200 within the time.
bool server_ready(const std::string& url, std::chrono::milliseconds at_most);

}  // namespace dcount::sim
