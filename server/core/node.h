// What the store holds of a node, a server of the cluster, in two keys.
//
// node/<name> is permanent: "1 address=10.0.0.1:8080 internal=10.0.0.1:41231 program=0.1.0 v=3
// at=<Unix ms>", with "dead" while it counts as dead; forgotten: "1 del v=4 at=<Unix ms>".
// alive/<name> is leased by the node itself and gone soon after it: "1 reaches=b,c packages=3
// bytes=4096 free=1000000".
//
// Servers of different versions share a store: fields that are not known are passed over.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/node_commands.h"

namespace dcount::core {

struct Node {
  bool deleted = false;
  NodeAddresses addresses;
  std::string program;  ///< the version of dcount that it runs
  bool dead = false;    ///< somebody has marked it so
  std::int64_t version = 0;
  /// When this was written, by the clock of whoever wrote it: for people, nothing is decided by it
  /// but for how long a tombstone is kept.
  std::int64_t at_ms = 0;

  bool operator==(const Node&) const = default;
};

std::string encode(const Node& node);

/// nullopt: not a node's record, as if there were none.
std::optional<Node> decode_node(std::string_view text);

/// When housekeeping has to look at it: `tombstone_ms` after it was forgotten. 0: never.
std::int64_t node_due_ms(std::string_view text, std::int64_t tombstone_ms);

/// What packages take of a node's disk.
struct DiskUse {
  std::int64_t packages = 0;
  std::int64_t bytes = 0;        ///< of them
  std::int64_t free_bytes = -1;  ///< what is left; negative: not told

  bool operator==(const DiskUse&) const = default;
};

/// What a node tells of itself while it is alive.
struct Presence {
  std::vector<std::string> reaches{};  ///< names of the nodes that answer it, in order
  DiskUse disk{};

  bool operator==(const Presence&) const = default;
};

std::string encode(const Presence& presence);

/// Something that cannot be read is somebody who is there and reaches nobody.
Presence decode_presence(std::string_view text);

}  // namespace dcount::core
