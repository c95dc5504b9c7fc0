// The packages' bytes on this node's disk: one file each, and an index of them in memory.
//
//   <data>/packages/<xx>/<pkgid>.<sha256>    xx: the first two characters of pkgid
//   <data>/packages/tmp/<number>             being written; thrown away by open()
//
// The names are the index: nothing else is written about them. A blob is in the index when its
// bytes and its name are durable, and not before. What it is told of packages it does not check
// against anything: which of its blobs should be here is the repair's business.
//
// Thread-safety: safe to call from any thread. One store for a directory: whoever opens it has the
// data directory's lock. BlobFiles and the store outlive the writers.
//
// Nothing has to be pinned while it is sent: an open descriptor keeps its bytes on Linux, whatever
// happens to the name meanwhile.
//
// A disk that somebody empties while we run (even of the directories) is written to again as if it
// were new; its blobs stay in the index until verify() says `missing` and remove() forgets them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/packages/blob.h"
#include "server/packages/blob_files.h"
#include "server/packages/blob_writer.h"
#include "server/packages/disk_result.h"

namespace dcount::packages {

enum class BlobState : std::uint8_t {
  intact,
  corrupt,  ///< other bytes, or bytes that the disk does not give any more
  missing,  ///< its file is gone
};

enum class VerifyDepth : std::uint8_t {
  length,  ///< that a file of this length is there
  digest,  ///< reads it whole, past the page cache
};

struct BlobFigures {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unknown_files = 0;  ///< found by open(), no blobs by their names, left alone
};

class BlobStore {
 public:
  using Path = BlobFiles::Path;

  /// Makes the directories that are missing, removes temporary files and reads the names. What a
  /// killed process has renamed and not yet synced is synced: what is in the index stays.
  static DiskResult<std::unique_ptr<BlobStore>> open(const Path& directory, BlobFiles& files);

  /// A new blob. `bytes_expected` (0: unknown) only has it fail early, when there is no room for
  /// so much; it reserves nothing and does not limit the writer.
  DiskResult<BlobWriter> begin(std::uint64_t bytes_expected);

  /// Of several of this id the one that was written last.
  std::optional<Blob> find(std::string_view pkgid) const;
  std::optional<Blob> find(std::string_view pkgid, std::string_view sha256) const;

  /// All, as they are now, in the order of pkgids.
  std::vector<Blob> list() const;
  BlobFigures figures() const;

  /// Where it is, for X-Accel-Redirect; whether it is there or not.
  Path path(const Blob& blob) const;

  /// Error not_found(): the file is gone.
  DiskResult<UniqueFd> open_for_reading(const Blob& blob) const;

  /// Nobody finds it any more from now on; its file is unlinked, durably. What is not in the index
  /// is unlinked too; but if it was committed anew since `blob` was found (another since_ms) it
  /// stays. After an error the file may be there still, and the next open() find it: to be
  /// repeated.
  DiskResult<void> remove(const Blob& blob);

  /// Errors: it cannot be said (too many open files, no permission).
  DiskResult<BlobState> verify(const Blob& blob, VerifyDepth depth) const;

  /// What is left on the disk for us.
  DiskResult<std::uint64_t> free_bytes() const;

 private:
  friend class BlobWriter;

  using Name = std::pair<std::string, std::string>;  ///< pkgid, sha256

  BlobStore(Path directory, BlobFiles& files) : directory_(std::move(directory)), files_(files) {}

  DiskResult<void> make_directories();
  DiskResult<void> remove_temporaries();
  DiskResult<void> read_names();
  DiskResult<void> read_names_in(const std::string& directory);

  Path temporary_directory() const { return directory_ / "tmp"; }
  std::mutex& turns_in(std::string_view directory);
  DiskResult<Blob> place(const Path& temporary, Blob blob);
  DiskResult<void> make_blob_directory(const std::string& name);
  DiskResult<void> rename_into_place(const Path& temporary, const Blob& blob);
  void insert(const Blob& blob);

  const Path directory_;
  BlobFiles& files_;
  std::atomic<std::uint64_t> next_temporary_{0};

  /// Who changes a directory of blobs, one at a time: else who fails to place a blob would take
  /// away that of another, who has just placed the same. Taken before mutex_.
  std::array<std::mutex, 64> turns_;

  mutable std::mutex mutex_;
  std::map<Name, Blob> index_;
  std::set<std::string> durable_directories_;  ///< whose own names are synced
  BlobFigures figures_;
};

}  // namespace dcount::packages
