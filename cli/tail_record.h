// One line of a tail: a counter's new value, its deletion, or a bookmark.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::cli {

struct TailRecord {
  std::string line;               ///< as the server sent it, without its end
  std::string counter;            ///< "views/home"; empty: a bookmark
  std::optional<std::int64_t> n;  ///< nothing: deleted
  std::int64_t revision = 0;
  bool complete = false;  ///< with it all is told up to this revision

  bool is_bookmark() const { return counter.empty(); }
};

/// {"id":"home","n":7,"c":"views","rev":12,"complete":true}, with "d":1 instead of "n" when it was
/// deleted, and without "id" as a bookmark. Nothing when it is none of these; fields nobody knows
/// are fine.
std::optional<TailRecord> parse_tail_record(std::string_view line);

}  // namespace dcount::cli
