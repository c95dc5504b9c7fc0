#include "cli/tail_frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "cli/progress.h"

namespace dcount::cli {
namespace {

constexpr std::string_view bold = "\033[1m";
constexpr std::string_view dim = "\033[2m";
constexpr std::string_view plain = "\033[0m";

/// A row stands out for so long after it has changed.
constexpr std::chrono::seconds fresh_time{1};
constexpr std::size_t gap_columns = 2;
/// Of a name that is too long, so much stays at least.
constexpr std::size_t name_columns_min = 8;

enum Column : std::size_t { counter, value, change, rate, revision, columns };
using Cells = std::array<std::string, columns>;
using Widths = std::array<std::size_t, columns>;

/// Exact also where the difference does not fit 64 bits.
std::string change_of(const TailRow& row) {
  if (!row.n || !row.before || *row.n == *row.before) return "";
  const auto to = static_cast<std::uint64_t>(*row.n);
  const auto from = static_cast<std::uint64_t>(*row.before);
  return *row.n > *row.before ? "+" + std::to_string(to - from) : "-" + std::to_string(from - to);
}

std::string rate_of(const TailRow& row, client::TimePoint now) {
  const double per_second = row.rate.per_second(row.first, now);
  const double size = std::abs(per_second);
  if (size < 0.05) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", size);
  return (per_second < 0 ? "-" : "") +
         (size < 1000 ? text : human_count(static_cast<std::uint64_t>(std::min(size, 1e18)))) +
         "/s";
}

Cells cells_of(const TailRow& row, client::TimePoint now) {
  return {harmless(row.counter), tail_value(row), change_of(row), rate_of(row, now),
          std::to_string(row.revision)};
}

std::string cut(std::string text, std::size_t width) {
  if (text.size() > width) text.resize(width);
  return text;
}

std::string aligned(const Cells& cells, const Widths& widths, std::size_t width) {
  std::string line = cells[counter];
  if (line.size() > widths[counter]) line = line.substr(0, widths[counter] - 1) + "~";
  line.resize(widths[counter], ' ');
  for (std::size_t i = value; i < columns; ++i) {
    line += std::string(gap_columns + widths[i] - cells[i].size(), ' ') + cells[i];
  }
  return cut(std::move(line), width);
}

std::vector<const TailRow*> chosen(const TailTable& table, TailSort sort, std::size_t room) {
  std::vector<const TailRow*> rows;
  const bool by_name =
      sort == TailSort::name || (sort == TailSort::fitting && table.size() <= room);
  if (by_name) {
    for (auto it = table.by_name().begin(); it != table.by_name().end() && rows.size() < room; ++it)
      rows.push_back(&*it->second);
  } else {
    for (auto it = table.by_change().begin(); it != table.by_change().end() && rows.size() < room;
         ++it)
      rows.push_back(&*it);
  }
  return rows;
}

std::string last_line(const TailTable& table, const TailFrame& frame, std::size_t shown) {
  const std::size_t all = table.size();
  std::string line = std::to_string(all) + (all == 1 ? " counter" : " counters");
  if (shown < all) line += " (" + std::to_string(shown) + " shown)";
  if (table.forgotten() > 0) line += ", the latest of more";
  if (frame.revision > 0) line += ", revision " + std::to_string(frame.revision);
  return cut(line + ", " + harmless(frame.connection), frame.width);
}

std::string painted(std::string line, std::string_view paint) {
  return std::string(paint) + std::move(line) + std::string(plain);
}

}  // namespace

std::string tail_value(const TailRow& row) { return row.n ? std::to_string(*row.n) : "deleted"; }

std::string harmless(std::string_view text) {
  std::string safe(text);
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return c < ' ' || c == 127; }, '?');
  return safe;
}

std::vector<std::string> render(const TailTable& table, const TailFrame& frame) {
  const std::size_t room = frame.height > 2 ? frame.height - 2 : 0;
  const auto rows = chosen(table, frame.sort, room);
  std::vector<Cells> cells{{"COUNTER", "VALUE", "CHANGE", "RATE", "REVISION"}};
  for (const TailRow* row : rows) cells.push_back(cells_of(*row, frame.now));

  Widths widths{};
  for (const Cells& line : cells) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::size_t numbers = 0;
  for (std::size_t i = value; i < columns; ++i) numbers += gap_columns + widths[i];
  const std::size_t left = frame.width > numbers ? frame.width - numbers : 0;
  widths[counter] = std::min(widths[counter], std::max(left, name_columns_min));

  std::vector<std::string> lines;
  if (frame.height > 1) {
    lines.push_back(aligned(cells[0], widths, frame.width));
    if (frame.colour) lines.back() = painted(std::move(lines.back()), bold);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    lines.push_back(aligned(cells[i + 1], widths, frame.width));
    if (!frame.colour) continue;
    if (!rows[i]->n) {
      lines.back() = painted(std::move(lines.back()), dim);
    } else if (rows[i]->before && frame.now - rows[i]->last < fresh_time) {
      lines.back() = painted(std::move(lines.back()), bold);
    }
  }
  lines.push_back(last_line(table, frame, rows.size()));
  return lines;
}

}  // namespace dcount::cli
