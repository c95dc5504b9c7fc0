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

inline bool holds(const Precondition& wanted, bool exists, std::int64_t version) {
  if (wanted.version && *wanted.version != (exists ? version : 0)) return false;
  if (wanted.must_exist && !exists) return false;
  return !(wanted.must_not_exist && exists);
}

}  // namespace dcount::core
