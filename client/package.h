// Packages: small tar.xz archives, kept on several nodes for the API key that has sent them.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace dcount::client {

/// Told from time to time how many bytes of how many have gone; false stops the transfer. After a
/// retry of an upload it begins anew.
using TransferWatcher = std::function<bool(std::uint64_t bytes, std::uint64_t total)>;

struct AddPackageOptions {
  std::string sha256;           ///< of the file, 64 hex digits; empty: computed before it is sent
  std::string idempotency_key;  ///< empty: a fresh one
  TransferWatcher watcher;
};

struct AddedPackage {
  std::string pkgid;
  std::int64_t replicas = 0;  ///< nodes that have it on disk
  std::string sha256;
  std::uint64_t bytes = 0;
  bool replayed = false;  ///< the server had it already, of an earlier try
};

struct GetPackageOptions {
  std::vector<std::string> need;  ///< fields its meta.json must have; else bad_request (422)
  TransferWatcher watcher;
};

struct GotPackage {
  std::uint64_t bytes = 0;
  std::string sha256;  ///< verified
};

struct PackageInfo {
  std::string pkgid;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::int64_t when_s = 0;    ///< when it was added, Unix seconds
  std::int64_t expire_s = 0;  ///< Unix seconds; 0: never
  std::int64_t replicas = 0;
  std::vector<std::string> holders;  ///< the nodes that have it
};

struct PackagePage {
  std::vector<PackageInfo> packages;
  std::string next;  ///< the cursor of the next page; empty: this was the last one
  std::int64_t revision = 0;
};

/// Of one API key. A quota of 0: none.
struct PackageUsage {
  std::string key;  ///< its id
  std::int64_t packages = 0;
  std::int64_t bytes = 0;
  std::optional<std::int64_t> quota_packages;  ///< none: as many as it likes
  std::optional<std::int64_t> quota_bytes;
};

/// What a node found when it compared its disk with the store, and what it did about it.
struct RepairReport {
  std::int64_t checked = 0;  ///< packages it should have, digests and all
  std::int64_t missing = 0;  ///< were not there
  std::int64_t extra = 0;    ///< should not have been there
  std::int64_t corrupt = 0;  ///< had another digest
  std::int64_t expired = 0;
  std::int64_t copied = 0;   ///< fetched from another node
  std::int64_t adopted = 0;  ///< taken into the store
  std::int64_t dropped = 0;  ///< removed from disk
  std::int64_t trimmed = 0;  ///< removed because there were more copies than asked for
  std::int64_t failed = 0;   ///< could not be mended
  double seconds = 0;
  std::string document;  ///< all of it, as it came: JSON
};

}  // namespace dcount::client
