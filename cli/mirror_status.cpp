#include "cli/mirror_status.h"

#include <cstdio>
#include <utility>

#include "cli/progress.h"

namespace dcount::cli {
namespace {

constexpr std::chrono::milliseconds status_redraw_time{100};

}  // namespace

MirrorStatus::MirrorStatus(Output& output, std::string name)
    : output_(output),
      name_(std::move(name)),
      visible_(output.err_is_terminal() && !output.json()) {}

void MirrorStatus::show(std::uint64_t records, const std::string& position,
                        std::string_view connection) {
  auto now = std::chrono::steady_clock::now();
  if (!visible_ || now - last_ < status_redraw_time) return;
  std::string line = name_ + ": " + human_count(records) + " records, " + position + ", ";
  line += connection;
  if (line == shown_) return;
  std::fputs(("\r" + line + "\033[K").c_str(), stderr);
  shown_ = std::move(line);
  last_ = now;
}

void MirrorStatus::note(std::string_view text) {
  clear();
  output_.note(text);
}

void MirrorStatus::clear() {
  if (!shown_.empty()) std::fputs("\r\033[K", stderr);
  shown_.clear();
}

}  // namespace dcount::cli
