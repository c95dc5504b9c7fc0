// A shell command that is run once for each record.
//
// Thread-safety: none.
#pragma once

#include <string>
#include <string_view>

namespace dcount::cli {

class MirrorExec {
 public:
  /// For /bin/sh; empty: nothing is ever run.
  explicit MirrorExec(std::string command) : command_(std::move(command)) {}

  bool wanted() const { return !command_.empty(); }
  /// Runs it with the record, a line, on its standard input, and waits for its end. It has our
  /// standard output and error, and a process group of its own: Ctrl-C lets it finish. Returns why
  /// it failed, or "".
  std::string run(std::string_view record) const;

 private:
  std::string command_;
};

}  // namespace dcount::cli
