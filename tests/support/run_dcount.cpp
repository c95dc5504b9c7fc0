#include "tests/support/run_dcount.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace dcount::test {
namespace {

constexpr std::chrono::seconds patience{60};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Workplace::Workplace() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dcount-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

Workplace::~Workplace() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Workplace::write(const std::string& file, const std::string& content) const {
  std::filesystem::create_directories((path_ / file).parent_path());
  std::ofstream(path_ / file) << content;
}

std::string Workplace::read(const std::string& file) const {
  std::ostringstream text;
  text << std::ifstream(path_ / file).rdbuf();
  return text.str();
}

Ran Workplace::run(const std::vector<std::string>& arguments, const RunOptions& options) const {
  return Running(*this, arguments, options).wait();
}

Running::Running(const Workplace& place, const std::vector<std::string>& arguments,
                 const RunOptions& options) {
  // Everything the child needs is ready before the fork: the test may have threads.
  std::vector<std::string> words{DCOUNT_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto environment = options.environment;
  environment.merge(std::map<std::string, std::string>{
      {"PATH", "/usr/bin:/bin"}, {"HOME", place.path_.string()}, {"TERM", "xterm"}});
  std::vector<std::string> variables;
  for (auto& [name, value] : environment) variables.push_back(name + "=" + value);
  auto argv = pointers(words);
  auto envp = pointers(variables);
  std::string input_file = (place.path_ / ".input").string();
  std::ofstream(input_file) << options.input;

  int out[2] = {-1, -1};
  int err[2] = {-1, -1};
  if (options.terminal) {
    if (::openpty(&out[0], &out[1], nullptr, nullptr, nullptr) != 0) {
      throw std::runtime_error("no terminal");
    }
    ::fcntl(out[0], F_SETFD, FD_CLOEXEC);
  } else if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int input = options.terminal ? out[1] : ::open(input_file.c_str(), O_RDONLY);
    ::dup2(input, 0);
    ::dup2(out[1], 1);
    ::dup2(options.terminal ? out[1] : err[1], 2);
    ::close_range(3, ~0U, 0);
    if (::chdir(place.path_.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(out[1]);
  if (err[1] >= 0) ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Running::~Running() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

void Running::signal(int number) const { ::kill(pid_, number); }

/// False when both streams have ended.
bool Running::pump(int timeout_ms) {
  pollfd streams[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (out_ < 0 && err_ < 0) return false;
  ::poll(streams, 2, timeout_ms);
  auto take = [](int& fd, short events, std::string& text) {
    if (fd < 0 || events == 0) return;
    char bytes[65536];
    auto size = ::read(fd, bytes, sizeof bytes);
    if (size > 0) {
      text.append(bytes, static_cast<std::size_t>(size));
    } else {  // a terminal ends with EIO
      ::close(fd);
      fd = -1;
    }
  };
  take(out_, streams[0].revents, ran_.out);
  take(err_, streams[1].revents, ran_.err);
  return out_ >= 0 || err_ >= 0;
}

bool Running::wait_for_output(const std::string& text) {
  auto give_up = std::chrono::steady_clock::now() + patience;
  while (ran_.out.find(text) == std::string::npos) {
    if (!pump(100) || std::chrono::steady_clock::now() > give_up) return false;
  }
  return true;
}

Ran Running::wait() {
  auto give_up = std::chrono::steady_clock::now() + patience;
  while (pump(100)) {
    if (std::chrono::steady_clock::now() > give_up) ::kill(pid_, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  ran_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran_;
}

}  // namespace dcount::test
