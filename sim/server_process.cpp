#include "sim/server_process.h"

#include "sim/http_probe.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds probe_time{1000};
constexpr milliseconds between_probes{20};

}  // namespace

ServerProcess::ServerProcess(ServerOptions options, FreePort port)
    : options_(std::move(options)), port_(std::move(port)) {}

Result<ServerProcess> ServerProcess::make(ServerOptions options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (!error && options.binary.empty()) {
    // The name, for whoever looks at the list of processes.
    options.binary = std::filesystem::read_symlink("/proc/self/exe", error);
  }
  if (error) {
    return Error{Certainty::definite,
                 "cannot make " + options.directory.string() + ": " + error.message()};
  }
  auto port = FreePort::kept_in(options.directory / "port");
  if (!port) return port.error();
  return ServerProcess(std::move(options), std::move(*port));
}

Result<void> ServerProcess::launch() {
  if (running()) return {};
  std::vector<std::string> arguments{
      "server",      "--listen",      "127.0.0.1:" + std::to_string(port()),
      "--data",      data().string(), "--node",
      options_.name, "--store",       options_.store};
  arguments.insert(arguments.end(), options_.more_options.begin(), options_.more_options.end());
  auto process = Process::start({.program = options_.binary.string(),
                                 .arguments = std::move(arguments),
                                 .environment = options_.environment,
                                 .log = log()});
  if (!process) return process.error();
  process_ = std::move(*process);
  return {};
}

Result<void> ServerProcess::wait_ready(milliseconds at_most) {
  const auto deadline = Clock::now() + at_most;
  while (!ready(probe_time)) {
    std::string wrong;
    if (auto how = process_ ? process_->wait(between_probes) : ProcessExit{}) {
      wrong = " has ended: " + how->text();
    } else if (Clock::now() > deadline) {
      wrong = " is not ready";
    }
    if (!wrong.empty()) {
      return Error{Certainty::definite, name() + wrong + "; its log " + log().string() +
                                            " ends with:\n" + end_of_log(log())};
    }
  }
  return {};
}

Result<void> ServerProcess::start() {
  if (auto launched = launch(); !launched) return launched;
  return wait_ready();
}

void ServerProcess::kill() {
  if (process_) process_->kill();
}

std::optional<ProcessExit> ServerProcess::stop(milliseconds at_most) {
  if (!process_) return std::nullopt;
  return process_->stop(at_most);
}

void ServerProcess::pause() {
  if (process_) process_->pause();
}

void ServerProcess::resume() {
  if (process_) process_->resume();
}

Result<void> ServerProcess::restart() {
  stop();
  return start();
}

bool ServerProcess::ready(milliseconds at_most) const {
  return running() && server_ready(url(), at_most);
}

bool server_ready(const std::string& url, milliseconds at_most) {
  const auto answer = probe(url, "/readyz", at_most);
  return answer && answer->status == 200;
}

}  // namespace dcount::sim
