// What the store holds of an API key, in two keys.
//
// key/<id>: "1 name=backup hash=<64 hex> scopes=read,packages prefixes=a_,b qb=1000000 qp=10
// rate=60 v=1 at=<Unix ms>"; revoked: "1 del v=2 at=<Unix ms>". Words of users' are percent-encoded
// as the parts of keys are. usage/<id>: "1 packages=3 bytes=123 v=4": what of its quotas is used;
// every package that comes or goes rewrites it.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/key_commands.h"

namespace dcount::core {

struct Key {
  bool deleted = false;
  KeyTraits traits;
  std::int64_t version = 0;
  std::int64_t at_ms = 0;  ///< created, or revoked

  bool operator==(const Key&) const = default;
};

std::string encode(const Key& key);

/// nullopt: not a key's record.
std::optional<Key> decode_key(std::string_view text);

/// "read,write,packages,admin", those that hold.
std::string to_string(const Scopes& scopes);

/// nullopt: a word that is no scope, or none at all.
std::optional<Scopes> scopes_named(std::string_view words);

struct Usage {
  std::int64_t packages = 0;
  std::int64_t bytes = 0;
  std::int64_t version = 0;  ///< 0: never had any

  bool operator==(const Usage&) const = default;
};

std::string encode(const Usage& usage);
std::optional<Usage> decode_usage(std::string_view text);

}  // namespace dcount::core
