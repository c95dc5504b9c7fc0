// Runs the real binary, as a user would: in a directory of its own, with an environment of its own.
//
// Thread-safety: one thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dcount::test {

struct Ran {
  int status = -1;  ///< exit status, or 128 + signal
  std::string out;  ///< stdout; on a terminal both, as they came
  std::string err;
};

struct RunOptions {
  std::map<std::string, std::string> environment;
  std::string input;
  bool terminal = false;  ///< stdin, stdout and stderr are one
};

/// An empty directory, the process's current one and its HOME; removed at the end.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& file, const std::string& content) const;
  std::string read(const std::string& file) const;

  /// Runs to the end; kills what takes longer than a minute.
  Ran run(const std::vector<std::string>& arguments, const RunOptions& options = {}) const;

 private:
  friend class Running;
  std::filesystem::path path_;
};

/// A process under way. Killed at the end if it still runs.
class Running {
 public:
  Running(const Workplace& place, const std::vector<std::string>& arguments,
          const RunOptions& options = {});
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Reads until stdout holds `text`; false when it ended, or a minute passed, without.
  bool wait_for_output(const std::string& text);
  /// Of stdout, what has been read so far.
  const std::string& output() const { return ran_.out; }
  Ran wait();

 private:
  bool pump(int timeout_ms);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Ran ran_;
};

}  // namespace dcount::test
