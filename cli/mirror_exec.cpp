#include "cli/mirror_exec.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dcount::cli {
namespace {

struct Descriptor {
  explicit Descriptor(int number) : fd(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

struct Spawning {
  Spawning() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// 0, or an errno.
int spawn_shell(const std::string& command, int input, pid_t& child) {
  Spawning spawning;
  ::posix_spawn_file_actions_adddup2(&spawning.actions, input, STDIN_FILENO);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // we ignore it, and that would stay so
  ::posix_spawnattr_setsigdefault(&spawning.attributes, &defaults);
  ::posix_spawnattr_setpgroup(&spawning.attributes, 0);
  ::posix_spawnattr_setflags(&spawning.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const char* words[] = {"sh", "-c", command.c_str(), nullptr};
  return ::posix_spawn(&child, "/bin/sh", &spawning.actions, &spawning.attributes,
                       const_cast<char* const*>(words), environ);
}

}  // namespace

std::string MirrorExec::run(std::string_view record) const {
  // A file in memory rather than a pipe: whether and when the command reads is its own affair.
  Descriptor input(::memfd_create("record", MFD_CLOEXEC));
  if (input.fd < 0 || !write_all(input.fd, record) || !write_all(input.fd, "\n") ||
      ::lseek(input.fd, 0, SEEK_SET) != 0) {
    return std::string("no memory for its input: ") + std::strerror(errno);
  }
  pid_t child = -1;
  if (int error = spawn_shell(command_, input.fd, child); error != 0) {
    return std::string("cannot run: ") + std::strerror(error);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  int code = WEXITSTATUS(status);
  return code == 0 ? "" : "exit code " + std::to_string(code);
}

}  // namespace dcount::cli
