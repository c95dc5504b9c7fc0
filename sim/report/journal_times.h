// When the lines of a journal were written: what a History leaves out, since no judge may look at
// it, and what plots need.
//
// Thread-safety: a value; reading from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "server/store/result.h"
#include "sim/check/history.h"

namespace dcount::report {

struct JournalTimes {
  /// By index of line: nanoseconds since the run began. Lines without a time have that of the line
  /// before them.
  std::vector<std::int64_t> at;
  std::int64_t latest = 0;  ///< of all of them
  /// False: no line has a time (a foreign history), and `at` is the line's index itself.
  bool timed = false;

  /// Of a line that is not there (check::never): the end of the journal.
  std::int64_t operator[](check::Index index) const {
    if (at.empty()) return 0;
    return index < at.size() ? at[index] : at.back();
  }
};

/// Where there are no times, the places of all lines up to the last one: for a history whose file
/// is none of lines (Jepsen's EDN).
void cover(JournalTimes& times, const check::History& history);

/// Reads the journal once, in pieces. Lines that are not JSON (the last one of a run that was
/// killed) are passed over. An error names the file.
Result<JournalTimes> read_times(const std::filesystem::path& journal);

}  // namespace dcount::report
