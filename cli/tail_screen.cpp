#include "cli/tail_screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace dcount::cli {
namespace {

constexpr std::string_view home_and_clear = "\033[H\033[2J";
constexpr std::string_view clear_to_line_end = "\033[K";
constexpr std::string_view clear_below = "\033[J";

std::string up(std::size_t lines) {
  return lines == 0 ? "\r" : "\r\033[" + std::to_string(lines) + "A";
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    return {};
  }
  return {.lines = std::max<std::size_t>(size.ws_row, 2), .columns = size.ws_col};
}

void TerminalScreen::draw(const std::vector<std::string>& lines, TerminalSize size) {
  std::string text;
  // A terminal that was resized has broken the lines anew: nobody knows where they began.
  if (drawn_ > 0 && size != size_) {
    text = home_and_clear;
  } else {
    text = up(drawn_);
  }
  for (const std::string& line : lines) {
    // First: behind a line as wide as the terminal it would take the last character away.
    text += clear_to_line_end;
    text += line;
    text += '\n';
  }
  text += clear_below;
  drawn_ = lines.size();
  size_ = size;
  output_.text(text);
}

void TerminalScreen::clear() {
  if (drawn_ == 0) return;
  output_.text(up(drawn_) + std::string(clear_below));
  drawn_ = 0;
  [[maybe_unused]] const bool flushed = output_.flush();  // the next draw says so
}

}  // namespace dcount::cli
