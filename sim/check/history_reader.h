// Reads histories, also foreign ones, line by line: memory goes with the operations and not with
// the file (some 64 bytes for one, whatever its lines have).
//
// What is read is told by how it begins:
// - JSON lines as docs/harness.md has them, with or without a header;
// - Jepsen's JSON: one array of operations, or a line for each;
// - Jepsen's EDN: `{:process 0, :type :invoke, :f :add, :value 1, :index 0, :time 123}`, one after
//   another or in a vector, also tagged (`#jepsen.history.Op{…}`). Independent keys are taken from
//   `[k v]` values, `inc` and `increment` for `add`. An add whose completion only repeats what was
//   asked for, as Jepsen's do, is a blind one: that is so when all of them do.
//
// What a reader may not skip is an error that names its line: text that is no JSON or EDN, a line
// cut short, an operation without process, type or f, an f that nobody knows, a value of the wrong
// kind, a completion that nothing is open for, a process that invokes twice, indices that go back.
// Other members and f's of the nemesis are ignored.
//
// Thread-safety: none.
#pragma once

#include <filesystem>
#include <istream>
#include <optional>
#include <string>

#include "sim/check/history.h"

namespace dcount::check {

inline constexpr std::size_t line_bytes_max = std::size_t{256} << 20;

struct ReadError {
  std::uint64_t line = 0;  ///< from 1; 0: the file itself cannot be read
  std::string message;

  /// "line 7: …".
  std::string text() const;
};

class [[nodiscard]] ReadResult {
 public:
  ReadResult(History history) : history_(std::move(history)) {}
  ReadResult(ReadError error) : error_(std::move(error)) {}

  explicit operator bool() const { return history_.has_value(); }
  History& operator*() { return *history_; }
  History* operator->() { return &*history_; }
  const ReadError& error() const { return error_; }

 private:
  std::optional<History> history_;
  ReadError error_;
};

ReadResult read_history(const std::filesystem::path& file);
/// Of a stream of a known size it is wiser about memory; 0: not known.
ReadResult read_history(std::istream& input, std::uint64_t bytes = 0);

}  // namespace dcount::check
