// A tail's table as lines of text, made to fit a terminal.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tail_table.h"
#include "client/clock.h"

namespace dcount::cli {

enum class TailSort {
  fitting,  ///< by name while all of it fits, otherwise by change
  change,   ///< what changed last comes first
  name
};

struct TailFrame {
  std::size_t height = 24;  ///< lines at most; at least the last one is always there
  std::size_t width = 80;   ///< columns at most
  bool colour = false;
  TailSort sort = TailSort::fitting;
  std::string_view connection;  ///< for the last line
  std::int64_t revision = 0;    ///< 0: not known
  client::TimePoint now{};
};

/// A head, a line for each counter as far as there is room, and a last line that says how the
/// connection is. None is longer than `width` columns; without line ends.
std::vector<std::string> render(const TailTable& table, const TailFrame& frame);

/// "7", or "deleted".
std::string tail_value(const TailRow& row);

/// With a '?' for whatever a terminal would take for a command.
std::string harmless(std::string_view text);

}  // namespace dcount::cli
