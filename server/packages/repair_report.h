// What repairs have found and done.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <string>

namespace dcount::packages {

/// What was found and done.
struct RepairReport {
  std::uint64_t checked = 0;  ///< blobs and records
  std::uint64_t missing = 0;  ///< should have been here
  std::uint64_t corrupt = 0;  ///< other bytes than their name says
  std::uint64_t extra = 0;    ///< belonged to no package
  std::uint64_t expired = 0;  ///< belonged to one that is gone
  std::uint64_t copied = 0;   ///< brought here from another node
  std::uint64_t adopted = 0;  ///< were here, and nobody knew
  std::uint64_t trimmed = 0;  ///< copies beyond those wanted
  std::uint64_t dropped = 0;  ///< holders that are no nodes any more
  std::uint64_t failed = 0;   ///< could not be mended now
  double seconds = 0;
  std::string trouble;  ///< why it was not finished, for people; empty: it was

  RepairReport& operator+=(const RepairReport& other);

  /// "missing 2, copied 2": what is not 0 of what was wrong or done; empty: all was well.
  std::string summary() const;
};

}  // namespace dcount::packages
