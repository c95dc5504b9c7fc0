// Lines on a terminal that are drawn again in place, below what stood there before.
//
// Thread-safety: the main thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/output.h"

namespace dcount::cli {

struct TerminalSize {
  std::size_t lines = 24;  ///< 2 at least
  std::size_t columns = 80;

  bool operator==(const TerminalSize&) const = default;
};

/// Of the terminal that is stdout; the default when it does not say.
TerminalSize terminal_size();

class TerminalScreen {
 public:
  explicit TerminalScreen(Output& output) : output_(output) {}
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  /// REQUIRES: fewer lines than the terminal has, none wider than it is.
  void draw(const std::vector<std::string>& lines, TerminalSize size);
  /// Removes what was drawn, for other words to stand there.
  void clear();

 private:
  Output& output_;
  std::size_t drawn_ = 0;
  TerminalSize size_;
};

}  // namespace dcount::cli
