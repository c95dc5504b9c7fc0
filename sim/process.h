// One child process in a process group of its own, with everything about children that is easy to
// get wrong: it never outlives us, inherits nothing, and is never a zombie for longer than it takes
// to ask.
//
// Thread-safety: every method from any thread, except that moving and destroying need the object
// for themselves. Children are born from one private thread that never ends: "dies with the parent"
// means, to the kernel, with the thread that forked.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/result.h"

namespace dcount::sim {

struct ProcessOptions {
  std::string program;                             ///< a path, or a name to look up in PATH
  std::vector<std::string> arguments;              ///< without the program's own name
  std::map<std::string, std::string> environment;  ///< on top of ours
  std::filesystem::path directory;                 ///< to run in; empty: ours
  std::filesystem::path log;  ///< stdout and stderr are appended to it; empty: /dev/null
  /// SIGKILL when this process ends, however it ends. False: a session of its own, for a child that
  /// is to stay (see release).
  bool dies_with_parent = true;
};

/// How a process ended.
struct ProcessExit {
  bool by_signal = false;
  int number = 0;  ///< the exit code, or the signal

  /// For people: "exit code 1", "killed by signal 9 (Killed)".
  std::string text() const;
  bool operator==(const ProcessExit&) const = default;
};

class Process {
 public:
  /// Runs the program; its standard input is /dev/null. Returns once it has been executed: a
  /// program that does not exist or cannot run, a directory that is not there, a log that cannot be
  /// written are errors that name it, and leave no process behind.
  static Result<Process> start(const ProcessOptions& options);

  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  /// SIGKILL to the group, and waits for the end.
  ~Process();

  /// The child's id, and its group's. Names somebody else soon after the child has ended.
  pid_t pid() const;
  /// False once it has ended.
  bool running() const { return !exit(); }
  /// How it ended, or nothing. Whatever the child left behind in its group ends with it.
  std::optional<ProcessExit> exit() const;
  /// Waits for the end for so long at most.
  std::optional<ProcessExit> wait(std::chrono::milliseconds at_most) const;

  /// To the whole group; nothing once the child has ended, so that a reused id is never hit.
  void signal(int number) const;
  void pause() const;   ///< SIGSTOP; returns when it has stopped
  void resume() const;  ///< SIGCONT
  /// SIGKILL to the group, and waits for the end.
  ProcessExit kill() const;
  /// SIGTERM (and SIGCONT, should it be paused), and SIGKILL to what still runs after the time.
  ProcessExit stop(std::chrono::milliseconds at_most) const;
  /// Lets go of it: it goes on without us. Only for dies_with_parent = false. The object is then as
  /// if moved from.
  void release();

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The end of a log, for a message about why something did not start: its last lines, at most so
/// many bytes. "" when there is none.
std::string end_of_log(const std::filesystem::path& log, std::size_t bytes_max = 600);

}  // namespace dcount::sim
