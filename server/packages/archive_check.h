// Whether an upload is an archive that anybody may be given: a tar.xz that was read to its end,
// unpacks below the directory it is unpacked in, and does not blow up.
//
// Thread-safety: pure but for reading the file, whose offset is neither used nor moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "server/packages/archive_rule.h"
#include "server/store/result.h"

namespace dcount::packages {

struct ArchiveLimits {
  /// Names in the archive, and directories that are only parts of names.
  std::size_t entries_max = 100'000;

  /// Of the tar, and of all files in it with their holes.
  std::uint64_t unpacked_bytes_max = std::uint64_t{8} << 30;

  /// Unpacked for each byte sent, for either. Text compresses 10 to 50 times, dull test data a few
  /// hundred times; zeros, which bombs are made of, 6500 times.
  std::uint64_t ratio_max = 500;

  /// Up to here any ratio is fine: what is small harms nobody.
  std::uint64_t ratio_free_bytes = std::uint64_t{16} << 20;

  /// What the decoder may take: xz -9 asks for 65 MiB, the format allows 4 GiB.
  std::uint64_t memory_bytes_max = std::uint64_t{128} << 20;

  std::size_t meta_bytes_max = 16 * 1024;
};

struct CheckedArchive {
  std::optional<std::string> meta_json;  ///< meta.json at the top as it is; see meta.h
  std::uint64_t entries = 0;             ///< of the tar
  std::uint64_t unpacked_bytes = 0;      ///< all files together

  bool operator==(const CheckedArchive&) const = default;
};

using ArchiveVerdict = std::variant<CheckedArchive, BadArchive>;

/// Reads bytes [offset, offset + bytes) of `file`, which stays the caller's, and writes nothing.
/// Takes the time to unpack it, memory_bytes_max, and some 200 bytes a name. An Error is the
/// disk's, or a file that is shorter than it is said to be.
Result<ArchiveVerdict> check_archive(int file, std::uint64_t offset, std::uint64_t bytes,
                                     const ArchiveLimits& limits = {});

}  // namespace dcount::packages
