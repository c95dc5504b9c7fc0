// Which part of a representation a request wants (RFC 9110 section 14), with one range at most:
// several are answered with everything, as the RFC allows.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace dcount::http {

struct ByteRange {
  enum class Kind {
    whole,          ///< no Range, one that is not understood, or of another version: 200
    part,           ///< 206
    unsatisfiable,  ///< well-formed, but nothing there: 416
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;  ///< of a part
  std::uint64_t bytes = 0;  ///< of a part; never 0, and never beyond the end

  bool operator==(const ByteRange&) const = default;
};

/// `range`: the field's value, "bytes=0-99", "bytes=100-" or "bytes=-5"; empty: there is none.
/// `if_range`: the field's value; unless it is empty or exactly `etag`, a strong one with its
/// quotes, the whole is meant. (Dates are not understood.) `size`: of the representation in bytes.
ByteRange choose_range(std::string_view range, std::string_view if_range, std::string_view etag,
                       std::uint64_t size);

}  // namespace dcount::http
