// What can be asked of API keys and of how much of its quotas each has used.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcount::core {

/// What a key's holder may do.
struct Scopes {
  bool read = false;      ///< counters, sequences, items: GETs and tails
  bool write = false;     ///< what changes them, and draws
  bool packages = false;  ///< its own packages
  bool admin = false;     ///< all of that, keys, dumps and repairs

  bool operator==(const Scopes&) const = default;
};

/// An API key, without its secret.
struct KeyTraits {
  std::string name;         ///< for people; is_key_label
  std::string secret_hash;  ///< SHA-256 of the secret, 64 hex digits
  Scopes scopes;
  /// What names of collections, sequences and tenants begin with (is_item_name each); none: any.
  std::vector<std::string> prefixes;
  std::optional<std::int64_t> quota_bytes;      ///< of its packages, at least 0
  std::optional<std::int64_t> quota_packages;   ///< at least 0
  std::optional<std::int64_t> rate_per_minute;  ///< requests at each server, at least 1

  bool operator==(const KeyTraits&) const = default;
};

/// Refused (precondition_failed) when there is, or was, one of this id.
struct CreateKey {
  std::string id;  ///< is_key_id
  KeyTraits traits;
};

/// For good: its packages stay, but nobody can fetch them any more.
struct RevokeKey {
  std::string id;
};

/// A page in the order of ids.
struct ListKeys {
  std::string after;  ///< an id, or empty
  std::size_t limit = 100;
};

/// How much of its quotas a key has used.
struct ReadUsage {
  std::string id;
};

}  // namespace dcount::core
