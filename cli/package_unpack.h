// A package as a directory.
//
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "client/error.h"

namespace dcount::cli {

struct Unpacked {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< of all files
};

/// Why `directory` cannot be unpacked into: it is there and not empty, or no directory. Error:
/// local.
std::optional<client::ClientError> check_unpack_target(const std::string& directory);

/// Unpacks the archive in `fd`, from its beginning, beside `directory` and renames it when all of
/// it is there: nothing is overwritten, and nothing is left of what failed. What the server would
/// not have accepted (a name that leads out, a device …) is refused as `bad_archive`; owners are
/// not taken over, nor more rights than 0777. `watcher` is told how many bytes of files are there;
/// false stops it.
[[nodiscard]] client::Result<Unpacked> unpack(
    int fd, const std::string& directory,
    const std::function<bool(std::uint64_t bytes)>& watcher = {});

}  // namespace dcount::cli
