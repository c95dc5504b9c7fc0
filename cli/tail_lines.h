// Lines to a pipe, a file or a terminal, at once and past stdio: with a reader that is slow, goes
// away, or is interrupted while it makes us wait.
//
// Thread-safety: one thread. Does not own the descriptor.
#pragma once

#include <string>
#include <string_view>

namespace dcount::cli {

enum class Written {
  ok,
  closed,      ///< nobody reads any more
  failed,      ///< errno says why
  interrupted  ///< while waiting for the reader (interruption.h); a line may be cut
};

class TailLines {
 public:
  explicit TailLines(int fd) : fd_(fd) {}

  /// Kept until write().
  void add(std::string_view line);
  /// Everything that was added. With nothing to write it still notices a reader that has gone.
  Written write();
  /// Whether what was written will still be there after a power failure, as far as that is for a
  /// file to say.
  bool sync() const;

 private:
  bool reader_has_gone() const;

  int fd_;
  std::string text_;
};

}  // namespace dcount::cli
