// What a server has on its disk of packages, looked at from outside.
//
// Thread-safety: functions from any thread; what they tell is of a moment that is over.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dcount::sim {

/// A package's file, <data>/packages/<xx>/<pkgid>.<sha256>.
struct BlobOnDisk {
  std::string pkgid;
  std::string sha256;  ///< as its name says
  std::filesystem::path path;
};

std::vector<BlobOnDisk> blobs_on_disk(const std::filesystem::path& data);
/// Of its bytes; nothing when it cannot be read.
std::optional<std::string> digest_on_disk(const BlobOnDisk& blob);

/// A file that is being written.
struct HalfFile {
  std::string name;  ///< "tmp/3", "spool/17"
  std::uint64_t bytes = 0;
  ino_t inode = 0;
};

/// Of packages that are written, or fetched from another server.
std::vector<HalfFile> temporary_files(const std::filesystem::path& data);
/// Of bodies that are received, or not yet dealt with.
std::vector<HalfFile> spooled_files(const std::filesystem::path& data);

}  // namespace dcount::sim
