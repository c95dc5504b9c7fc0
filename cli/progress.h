// A line on stderr that says how far a long command has got. Silent unless stderr is a terminal.
//
// Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace dcount::cli {

enum class ProgressUnit { bytes, items };

class Progress {
 public:
  /// `total` 0: not known, then there is no bar. `visible`: Output::err_is_terminal(), and no
  /// --json.
  Progress(bool visible, std::string what, std::uint64_t total, ProgressUnit unit);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Removes the line.
  ~Progress();

  /// Redraws at most 10 times a second.
  void at(std::uint64_t done);
  void add(std::uint64_t more) { at(done_ + more); }
  /// Items out of an input of which only the bytes are known: `total` is in bytes then, and the bar
  /// follows `bytes`.
  void at(std::uint64_t done, std::uint64_t bytes);

 private:
  void draw(std::chrono::steady_clock::time_point now);

  bool visible_;
  std::string what_;
  std::uint64_t total_;
  ProgressUnit unit_;
  std::uint64_t done_ = 0;
  std::optional<std::uint64_t> bytes_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

/// "1.4 MiB", "12.3k": short, for people.
std::string human_bytes(std::uint64_t bytes);
std::string human_count(std::uint64_t count);

}  // namespace dcount::cli
