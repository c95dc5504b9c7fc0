// What can be asked of packages. The archives themselves are files of the nodes
// (server/packages); here is who owns them, where they are and how long.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcount::core {

/// What a package is, from its upload on.
struct PackageTraits {
  std::string pkgid;  ///< is_package_id
  std::string owner;  ///< the id of the key that uploaded it
  std::int64_t bytes = 0;
  std::string sha256;         ///< of the archive, 64 hex digits
  std::int64_t when_s = 0;    ///< uploaded, Unix seconds
  std::int64_t expire_s = 0;  ///< Unix seconds; 0: never
  std::string meta;           ///< meta.json, complete; without spaces or line ends (meta_bytes_max)

  bool operator==(const PackageTraits&) const = default;
};

inline constexpr std::size_t meta_bytes_max = 128 * 1024;
inline constexpr std::size_t holders_max = 64;

/// Registers a package that is on the disks of `holders`. Refused: forbidden (the key is gone),
/// quota_exceeded (the owner's), precondition_failed (there is, or was, one of this id).
struct AddPackage {
  std::string record;  ///< sha256(pkgid), 64 hex digits: where it is kept
  PackageTraits traits;
  std::vector<std::string> holders;  ///< names of nodes, at least one
};

/// Another owner's is forbidden.
struct ReadPackage {
  std::string record;
  std::string owner{};  ///< empty: whoever it is
};

/// By its owner; empty: by an admin, whoever owns it. Another's is forbidden.
struct DeletePackage {
  std::string record;
  std::string owner;
};

/// Notes where it is. Refused: not_found, precondition_failed (its record is not the one seen).
struct ChangeHolders {
  std::string record;
  std::vector<std::string> add;
  std::vector<std::string> remove;
  std::optional<std::int64_t> seen_version;  ///< none: whatever it is
};

/// A page in the order of records.
struct ListPackages {
  std::string owner;  ///< empty: of all
  std::string after;  ///< a record, or empty
  std::size_t limit = 100;
  bool deleted = false;  ///< tombstones too, and what has expired
};

}  // namespace dcount::core
