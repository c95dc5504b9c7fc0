#include "cli/interruption.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "cli/exit_code.h"

namespace dcount::cli {
namespace {

// Lock-free, so that the handler may touch them.
std::atomic<bool> graceful{false};
std::atomic<bool> came{false};
std::atomic<void (*)()> told{nullptr};
static_assert(std::atomic<void (*)()>::is_always_lock_free);

constexpr int terminated_status = 128 + SIGTERM;

void on_signal(int signal) {
  // A supervisor may repeat SIGTERM; only an impatient Ctrl-C cuts a graceful end short.
  if (graceful && !(signal == SIGINT && came)) {
    came = true;
    if (auto tell = told.load()) tell();
    return;
  }
  static constexpr char words[] = "\ndcount: interrupted\n";
  if (signal == SIGINT) {
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, words, sizeof words - 1);
  }
  ::_exit(signal == SIGINT ? static_cast<int>(ExitCode::interrupted) : terminated_status);
}

}  // namespace

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

bool interrupted() { return came; }

GracefulInterruption::GracefulInterruption(void (*on_signal)()) {
  if (graceful) std::abort();
  told = on_signal;
  graceful = true;
}

GracefulInterruption::~GracefulInterruption() {
  graceful = false;
  told = nullptr;
}

}  // namespace dcount::cli
