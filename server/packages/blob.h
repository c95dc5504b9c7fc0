// A blob: the bytes of one package in one file, whose name says whose they are and which.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::packages {

struct Blob {
  std::string pkgid;          ///< core::is_package_id
  std::string sha256;         ///< core::is_sha256: what its bytes are to be
  std::uint64_t bytes = 0;    //
  std::int64_t since_ms = 0;  ///< Unix: when the last of it was written here

  bool operator==(const Blob&) const = default;
};

/// "7d": the directory in which it is.
std::string blob_directory(std::string_view pkgid);

/// "<pkgid>.<sha256>"
std::string blob_file_name(std::string_view pkgid, std::string_view sha256);

/// The other way, with nothing but pkgid and digest set. Empty: not the name of a blob.
std::optional<Blob> parse_blob_file_name(std::string_view name);

}  // namespace dcount::packages
