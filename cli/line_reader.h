// The lines of a file or a pipe: of any length in all, with where they end and what they were.
//
// Thread-safety: one thread. Does not own the descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace dcount::cli {

inline constexpr std::size_t line_bytes_max = std::size_t{64} << 10;

/// How far an input was read, and a fingerprint of all that was read.
struct InputPosition {
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  std::uint64_t digest = 0xcbf29ce484222325;  ///< FNV-1a, of every line with its end

  bool operator==(const InputPosition&) const = default;
};

enum class LineResult {
  line,
  end,
  too_long,    ///< longer than line_bytes_max
  failed,      ///< errno says why
  interrupted  ///< while waiting for a pipe (interruption.h)
};

class LineReader {
 public:
  explicit LineReader(int fd);

  /// The next line, without its end; it is valid until the next call. The last one may lack its
  /// end.
  LineResult next(std::string_view& line);

  /// Behind the last line.
  const InputPosition& position() const { return position_; }

 private:
  LineResult fill();
  void pass(std::size_t bytes);

  int fd_;
  bool waits_;  ///< a read may take for ever
  bool ended_ = false;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of the next line
  std::size_t end_ = 0;    ///< of what was read
  InputPosition position_;
};

}  // namespace dcount::cli
