#include "cli/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace dcount::cli {
namespace {

constexpr std::chrono::milliseconds redraw_time{100};
constexpr std::size_t bar_columns = 24;

std::string scaled(double value, double step, const std::array<const char*, 6>& units) {
  std::size_t unit = 0;
  while (value >= step && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f%s" : "%.1f%s", value, units[unit]);
  return text;
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  return scaled(static_cast<double>(bytes), 1024, {" B", " KiB", " MiB", " GiB", " TiB", " PiB"});
}

std::string human_count(std::uint64_t count) {
  return scaled(static_cast<double>(count), 1000, {"", "k", "M", "G", "T", "P"});
}

Progress::Progress(bool visible, std::string what, std::uint64_t total, ProgressUnit unit)
    : visible_(visible),
      what_(std::move(what)),
      total_(total),
      unit_(unit),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::at(std::uint64_t done) {
  done_ = done;
  if (!visible_) return;
  auto now = std::chrono::steady_clock::now();
  if (now - last_ < redraw_time) return;
  last_ = now;
  draw(now);
}

void Progress::at(std::uint64_t done, std::uint64_t bytes) {
  bytes_ = bytes;
  at(done);
}

void Progress::draw(std::chrono::steady_clock::time_point now) {
  auto human = unit_ == ProgressUnit::bytes ? human_bytes : human_count;
  std::string line = "\r" + what_ + " ";
  if (total_ > 0) {
    double part = static_cast<double>(bytes_.value_or(done_)) / static_cast<double>(total_);
    auto filled = static_cast<std::size_t>(std::min(1.0, part) * bar_columns);
    line += "[" + std::string(filled, '=') + std::string(bar_columns - filled, ' ') + "] ";
  }
  if (bytes_) {
    line += human_bytes(*bytes_) + (total_ > 0 ? " of " + human_bytes(total_) : "") + ", ";
    line += human(done_) + " items";
  } else {
    line += human(done_) + (total_ > 0 ? " of " + human(total_) : "");
  }
  double seconds = std::chrono::duration<double>(now - start_).count();
  if (seconds > 0) {
    line += ", " + human(static_cast<std::uint64_t>(static_cast<double>(done_) / seconds)) + "/s";
  }
  std::fputs((line + "\033[K").c_str(), stderr);
  drawn_ = true;
}

}  // namespace dcount::cli
