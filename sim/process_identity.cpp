#include "sim/process_identity.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace dcount::sim {
namespace {

constexpr std::chrono::milliseconds between_looks{10};
constexpr int fields_before_start = 19;  // state is the third field, the start time the 22nd

}  // namespace

std::optional<ProcessIdentity> identify(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');  // a name may hold blanks and brackets of its own
  if (pid <= 0 || name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return std::nullopt;
  for (int i = 1; i < fields_before_start; ++i) fields >> field;
  ProcessIdentity identity{.pid = pid};
  if (!(fields >> identity.began)) return std::nullopt;
  return identity;
}

bool send_signal(const ProcessIdentity& process, int number) {
  // The descriptor stands for one process: if that is still the right one after it was opened, the
  // signal cannot reach another.
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
  if (pidfd < 0) return false;
  const bool sent =
      runs(process) && ::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0) == 0;
  ::close(pidfd);
  return sent;
}

bool wait_gone(const ProcessIdentity& process, std::chrono::milliseconds at_most) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (runs(process)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

}  // namespace dcount::sim
