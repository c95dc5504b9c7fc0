// What a call may demand of the record it changes.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>

namespace dcount::core {

/// HTTP's If-Match and If-None-Match, and `if_version`. A record that does not exist has version 0
/// here, whatever its tombstone says.
struct Precondition {
  std::optional<std::int64_t> version;
  bool must_exist = false;
  bool must_not_exist = false;
};

/// `live_version`: the record's version, 0 when there is none.
inline bool holds(const Precondition& wanted, std::int64_t live_version) {
  if (wanted.version && *wanted.version != live_version) return false;
  if (wanted.must_exist && live_version == 0) return false;
  return !(wanted.must_not_exist && live_version != 0);
}

}  // namespace dcount::core
