#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace dcount::cli {
namespace {

constexpr std::string_view bold = "\033[1m";
constexpr std::string_view red = "\033[1;31m";
constexpr std::string_view plain = "\033[0m";

bool colour_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

/// Characters, not bytes: what is not a continuation byte of UTF-8 takes a column.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

std::string to_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string aligned(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                    const std::vector<bool>& right) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string space(widths[i] - width(cells[i]), ' ');
    bool to_right = i < right.size() && right[i];
    if (i > 0) line += "  ";
    line += to_right ? space + cells[i] : cells[i] + space;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Output::Output()
    : out_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      err_is_terminal_(::isatty(STDERR_FILENO) == 1),
      colour_out_(out_is_terminal_ && colour_wanted()),
      colour_err_(err_is_terminal_ && colour_wanted()) {}

void Output::write_out(std::string_view bytes) {
  if (good_ && std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) good_ = false;
}

void Output::document(const Json& value) { line(to_text(value)); }

void Output::text(std::string_view bytes) { write_out(bytes); }

void Output::line(std::string_view text) {
  write_out(text);
  write_out("\n");
}

void Output::table(const Table& table) {
  std::vector<std::size_t> widths;
  auto widen = [&](const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width(cells[i]));
  };
  widen(table.columns);
  for (auto& row : table.rows) widen(row);

  if (!table.columns.empty()) {
    std::string head = aligned(table.columns, widths, table.right);
    line(colour_out_ ? std::string(bold) + head + std::string(plain) : head);
  }
  for (auto& row : table.rows) line(aligned(row, widths, table.right));
}

void Output::note(std::string_view text) {
  std::string line = std::string(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

ExitCode Output::fail(ExitCode code, std::string_view message, const Json& more) {
  if (json_) {
    Json error = {{"message", message}, {"exit_code", static_cast<int>(code)}};
    if (more.is_object()) error.update(more);
    note(to_text({{"error", std::move(error)}}));
  } else if (colour_err_) {
    note(std::string(red) + "dcount:" + std::string(plain) + " " + std::string(message));
  } else {
    note("dcount: " + std::string(message));
  }
  return code;
}

bool Output::flush() {
  if (std::fflush(stdout) != 0) good_ = false;
  return good_;
}

}  // namespace dcount::cli
