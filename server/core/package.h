// What the store holds of a package: package/<sha256(pkgid)>
// "1 id=<pkgid> owner=<key> bytes=2048 sha=<64 hex> when=<Unix s> expire=<Unix s> holders=a,b v=2
// at=<Unix ms> meta={"expire":0,…}"; deleted or expired:
// "1 del id=<pkgid> owner=<key> v=3 at=<Unix ms>".
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/package_commands.h"

namespace dcount::core {

struct Package {
  bool deleted = false;
  PackageTraits traits;
  std::vector<std::string> holders;  ///< in order
  std::int64_t version = 0;
  std::int64_t at_ms = 0;  ///< of the last change

  bool expired(std::int64_t now_ms) const {
    return traits.expire_s > 0 && now_ms >= traits.expire_s * 1000;
  }

  bool operator==(const Package&) const = default;
};

std::string encode(const Package& package);

/// nullopt: not a package's record.
std::optional<Package> decode_package(std::string_view text);

/// When housekeeping has to look at it: when it expires, or `tombstone_ms` after it was deleted. 0:
/// never.
std::int64_t package_due_ms(std::string_view text, std::int64_t tombstone_ms);

}  // namespace dcount::core
