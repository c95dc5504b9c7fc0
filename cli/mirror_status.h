// A line on the terminal about a mirror at work, and remarks that do not run into it.
//
// Thread-safety: the main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/output.h"

namespace dcount::cli {

class MirrorStatus {
 public:
  /// `name`: of the table.
  MirrorStatus(Output& output, std::string name);
  MirrorStatus(const MirrorStatus&) = delete;
  MirrorStatus& operator=(const MirrorStatus&) = delete;
  /// Removes the line.
  ~MirrorStatus() { clear(); }

  /// "servers: 1.2k records, updated_at 991, connected". Silent unless stderr is a terminal, and
  /// with --json.
  void show(std::uint64_t records, const std::string& position, std::string_view connection);
  /// A remark, terminal or not.
  void note(std::string_view text);

 private:
  void clear();

  Output& output_;
  std::string name_;
  bool visible_;
  std::string shown_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace dcount::cli
