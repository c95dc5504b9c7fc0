// API keys, as those who administer them see them.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcount::client {

/// What a key is to be.
struct KeyWish {
  std::string name;                 ///< for people
  std::vector<std::string> scopes;  ///< read, write, packages, admin
  /// What names of collections, sequences and tenants begin with; none: any.
  std::vector<std::string> prefixes;
  std::optional<std::int64_t> quota_bytes;  ///< of its packages
  std::optional<std::int64_t> quota_packages;
  std::optional<std::int64_t> rate_per_minute;  ///< requests at each server
};

struct CreatedKey {
  std::string id;
  std::string key;        ///< all of it: a secret; empty when `replayed`
  bool replayed = false;  ///< an earlier try has made it, and its answer was lost
};

struct ListedKey {
  std::string id;
  KeyWish traits;
  std::int64_t created_s = 0;  ///< Unix time
  std::string document;        ///< all of it, as it came: JSON
};

struct KeyPage {
  std::vector<ListedKey> keys;  ///< in the order of ids
  std::string next;             ///< the cursor of the next page; empty: this was the last one
  std::int64_t revision = 0;
};

}  // namespace dcount::client
