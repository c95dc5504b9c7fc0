#include "sim/spawner.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <future>
#include <sstream>
#include <thread>

namespace dcount::sim {
namespace {

namespace bp = boost::process;

Error failure(const std::string& what, int error_number) {
  return Error{Certainty::definite, what + ": " + std::strerror(error_number)};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// What the child does between fork and exec. Everything it needs is ready before the fork: after
/// it only async-signal-safe calls are allowed.
class ChildSetup : public bp::extend::handler {
 public:
  ChildSetup(const ProcessOptions& options, int input, int log)
      : directory_(options.directory.string()),
        dies_with_parent_(options.dies_with_parent),
        input_(input),
        log_(log),
        parent_(::getpid()) {}

  template <class Executor>
  void on_exec_setup(Executor& executor) const {
    if (dies_with_parent_) {
      ::setpgid(0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent_) ::_exit(EXIT_FAILURE);  // it has died in between
    } else {
      ::setsid();
    }
    ::signal(SIGPIPE, SIG_DFL);  // an ignored signal stays ignored across exec
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (!directory_.empty() && ::chdir(directory_.c_str()) != 0) give_up(executor);
    ::dup2(input_, STDIN_FILENO);
    ::dup2(log_, STDOUT_FILENO);
    ::dup2(log_, STDERR_FILENO);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  }

  /// Boost leaves the child of a failed exec behind as a zombie.
  template <class Executor>
  void on_error(Executor& executor, const std::error_code&) const {
    if (executor.pid > 0) ::waitpid(executor.pid, nullptr, 0);
  }

 private:
  template <class Executor>
  static void give_up(Executor& executor) {
    executor.set_error(std::error_code(errno, std::system_category()), "chdir");
    ::_exit(EXIT_FAILURE);
  }

  std::string directory_;
  bool dies_with_parent_;
  int input_;
  int log_;
  pid_t parent_;
};

/// The path of a program, as execvp would find it; "" when there is none.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::istringstream directories(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

Result<pid_t> spawn_here(const ProcessOptions& options) {
  const std::string program = find_program(options.program);
  if (program.empty()) {
    return Error{Certainty::definite, "cannot run " + options.program + ": it is not in PATH"};
  }
  const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::string log_name = options.log.empty() ? "/dev/null" : options.log.string();
  const Descriptor log(::open(log_name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (log.get() < 0) return failure("cannot write the log " + log_name, errno);

  bp::environment environment = boost::this_process::environment();
  for (const auto& [name, value] : options.environment) environment[name] = value;
  std::error_code error;
  bp::child child(bp::exe = program, bp::args = options.arguments, environment, error,
                  ChildSetup(options, input.get(), log.get()));
  if (error) {
    std::string what = "cannot run " + program;
    if (!options.directory.empty()) what += " in " + options.directory.string();
    return failure(what, error.value());
  }
  const pid_t pid = child.id();
  child.detach();  // waiting is Process's business
  return pid;
}

/// The thread that all children are born from. It is never joined: it ends with the process, and
/// all children that are to die with it.
class Spawner {
 public:
  static Spawner& only() {
    static Spawner* spawner = new Spawner;
    return *spawner;
  }

  Result<pid_t> spawn(const ProcessOptions& options) {
    const std::lock_guard one_at_a_time(callers_);
    std::packaged_task<Result<pid_t>()> task([&] { return spawn_here(options); });
    auto spawned = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      task_ = std::move(task);
    }
    wake_.notify_one();
    return spawned.get();
  }

 private:
  Spawner() {
    // Born with all signals blocked: handlers are for the threads of whoever uses us.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { run(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return task_.valid(); });
      auto task = std::exchange(task_, {});
      lock.unlock();
      task();
    }
  }

  std::mutex callers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::packaged_task<Result<pid_t>()> task_;
};

}  // namespace

Result<pid_t> spawn(const ProcessOptions& options) { return Spawner::only().spawn(options); }

}  // namespace dcount::sim
