// What clients saw of packages, beside the operations themselves.
//
// Thread-safety: none; what is finished may be read by several threads.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "sim/check/index.h"

namespace dcount::check {

/// A place in History::names: of an owner (an API key's id), a package's id, a digest, a label.
using Name = std::uint32_t;
inline constexpr Name no_name = std::numeric_limits<Name>::max();

/// A package as somebody was shown it: by a list, in a node's directory, in the store.
struct ListedPackage {
  Name package = no_name;
  Name owner = no_name;       ///< no_name: not said
  Name digest = no_name;      ///< of its bytes; no_name: not said, or they could not be read
  std::uint32_t holders = 0;  ///< PackageHistory::holders[holders, holders + holder_count]
  std::uint32_t holder_count = 0;
};

/// What an Operation on packages has beside its own fields. There are many.
struct PackageOperation {
  std::uint32_t operation = 0;  ///< place in History::operations
  Name owner = no_name;         ///< who asked; final ones have none
  Name label = no_name;         ///< of an upload: the client's own name for it
  Name package = no_name;       ///< asked for; of an upload: the id that it was answered, if it was
  Name digest = no_name;        ///< of an upload: of what was sent; of a download: of what came
  std::uint32_t list = 0;       ///< PackageHistory::lists[list, list + list_size]
  std::uint32_t list_size = 0;
  std::uint16_t holder = 0;      ///< of final_holder: of History::nodes
  std::uint16_t status = 0;      ///< of a refusal: 403, 404 …; 0: none
  std::int64_t replicas = none;  ///< of an upload: copies at its acknowledgement, as answered
  std::int64_t bytes = none;
  std::int64_t expire = 0;       ///< Unix seconds; 0: never
  std::int64_t asked_ns = none;  ///< since the run began
  std::int64_t answered_ns = none;
};

struct PackageHistory {
  std::vector<PackageOperation> operations;  ///< in the order of History::operations
  std::vector<ListedPackage> lists;
  std::vector<std::uint16_t> holders;  ///< of History::nodes
  std::int64_t began_s = none;         ///< when the run began, in Unix seconds
  std::int64_t replicas = none;        ///< how many copies the servers are to keep
};

}  // namespace dcount::check
