// What is in a directory that becomes a package.
//
// Thread-safety: pure but for reading the directory.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/error.h"

namespace dcount::cli {

inline constexpr const char* meta_name = "meta.json";

struct TreeEntry {
  std::string path;  ///< below the directory, '/' between names
  struct stat info {};
  std::string target;  ///< of a symbolic link
};

struct PackageTree {
  std::string directory;
  std::vector<TreeEntry> entries;  ///< sorted by path, each behind the directory it is in
  std::uint64_t bytes = 0;         ///< of all files
  std::optional<std::string> meta_json;
};

/// Everything below `directory`, without following links. Error: it cannot be read (local), or the
/// server would refuse what is in it (`bad_archive`): a link that leads out, a device, a name that
/// is no UTF-8, only one directory at the top …
[[nodiscard]] client::Result<PackageTree> read_package_tree(const std::string& directory);

}  // namespace dcount::cli
