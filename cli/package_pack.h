// A directory as a tar.xz, always the same bytes for the same directory: sorted, without owners,
// whole seconds.
//
// Thread-safety: one thread; xz has threads of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/package_tree.h"
#include "client/error.h"

namespace dcount::cli {

/// Told how many bytes of the directory's files are in; false stops it.
using PackWatcher = std::function<bool(std::uint64_t bytes)>;

struct Packed {
  std::uint64_t bytes = 0;
  std::string sha256;  ///< 64 hex digits
};

/// Writes to `fd`, from its beginning. `meta_json` takes the place of the directory's meta.json.
/// Error: local; a file that changed meanwhile included.
[[nodiscard]] client::Result<Packed> pack_tree(const PackageTree& tree,
                                               const std::optional<std::string>& meta_json, int fd,
                                               const PackWatcher& watcher = {});

}  // namespace dcount::cli
