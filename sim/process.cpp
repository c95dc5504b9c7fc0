#include "sim/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "sim/spawner.h"

namespace dcount::sim {

struct Process::State {
  pid_t pid = -1;
  int pidfd = -1;
  bool dies_with_parent = true;
  std::mutex mutex;
  std::optional<ProcessExit> exit;  ///< reaped: the pid is no longer ours

  ~State() { ::close(pidfd); }

  /// Reaps it if it has ended. The group is killed before that, while the pid is still taken and
  /// cannot mean another group.
  void look() {
    siginfo_t ended{};
    if (exit || ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        ended.si_pid == 0) {
      return;
    }
    ::killpg(pid, SIGKILL);
    ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED);
    exit = ProcessExit{ended.si_code != CLD_EXITED, ended.si_status};
  }
};

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::hours for_ever{24 * 365};

/// Whether none of its threads can run (state T).
bool is_stopped(pid_t pid) {
  std::error_code ignored;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, ignored)) {
    std::ifstream stat(task.path() / "stat");
    std::string line;
    std::getline(stat, line);
    const auto name_end = line.rfind(") ");
    if (name_end != std::string::npos && line[name_end + 2] != 'T') return false;
  }
  return true;
}

int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

std::string ProcessExit::text() const {
  if (!by_signal) return "exit code " + std::to_string(number);
  return "killed by signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
}

Result<Process> Process::start(const ProcessOptions& options) {
  auto pid = spawn(options);
  if (!pid) return pid.error();
  auto state = std::make_unique<State>();
  state->pid = *pid;
  state->pidfd = open_pidfd(*pid);
  state->dies_with_parent = options.dies_with_parent;
  if (state->pidfd < 0) {
    const int why = errno;
    ::killpg(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return Error{Certainty::definite,
                 "cannot watch over " + options.program + ": " + std::strerror(why)};
  }
  return Process(std::move(state));
}

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    if (state_) kill();
    state_ = std::move(other.state_);
  }
  return *this;
}

Process::~Process() {
  if (state_) kill();
}

pid_t Process::pid() const { return state_->pid; }

std::optional<ProcessExit> Process::exit() const {
  const std::lock_guard lock(state_->mutex);
  state_->look();
  return state_->exit;
}

std::optional<ProcessExit> Process::wait(std::chrono::milliseconds at_most) const {
  const auto deadline = Clock::now() + at_most;
  for (;;) {
    if (auto ended = exit()) return ended;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd watch{state_->pidfd, POLLIN, 0};
    // In steps of an hour: poll counts in an int.
    ::poll(&watch, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
  }
}

void Process::signal(int number) const {
  const std::lock_guard lock(state_->mutex);
  state_->look();
  if (!state_->exit) ::killpg(state_->pid, number);
}

void Process::pause() const {
  signal(SIGSTOP);
  // It stops when it is next scheduled: only then nothing more comes of it.
  while (running() && !is_stopped(pid())) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}
void Process::resume() const { signal(SIGCONT); }

ProcessExit Process::kill() const {
  signal(SIGKILL);
  return *wait(for_ever);
}

ProcessExit Process::stop(std::chrono::milliseconds at_most) const {
  signal(SIGTERM);
  signal(SIGCONT);
  if (auto ended = wait(at_most)) return *ended;
  return kill();
}

void Process::release() {
  if (state_->dies_with_parent) std::abort();
  state_.reset();
}

std::string end_of_log(const std::filesystem::path& log, std::size_t bytes_max) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const auto size = static_cast<std::size_t>(file.tellg());
  const std::size_t from = size > bytes_max ? size - bytes_max : 0;
  file.seekg(static_cast<std::streamoff>(from));
  std::string text(size - from, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (from > 0) text.erase(0, text.find('\n') + 1);  // npos + 1 == 0: one long line stays
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace dcount::sim
