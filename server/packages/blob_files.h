// What the blob store does to a disk, so that tests and planted bugs can put another one in its
// place.
//
// Thread-safety: BlobFiles from any thread; a NewFile is one thread's at a time.
//
// Nothing is durable before it is synced: a file's bytes by NewFile::sync, its name (made, renamed,
// unlinked) by sync_directory of the directory that it is in. After an error nobody knows whether
// the operation has taken place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/unique_fd.h"
#include "server/packages/disk_result.h"

namespace dcount::packages {

using http::UniqueFd;

/// A file that is being written, from its beginning to its end. Closed when it is destroyed.
class NewFile {
 public:
  virtual ~NewFile() = default;

  /// All of it. After an error some of it may be there.
  virtual DiskResult<void> append(std::string_view bytes) = 0;

  /// Its bytes and length are durable. After an error they never will be, whatever a later sync
  /// says: the file is to be thrown away.
  virtual DiskResult<void> sync() = 0;
};

struct FileStatus {
  enum class Kind : std::uint8_t { file, directory, other };

  Kind kind = Kind::other;
  std::uint64_t bytes = 0;
  std::int64_t modified_ms = 0;  ///< Unix
};

struct DirectoryEntry {
  std::string name;
  FileStatus status;  ///< of a symbolic link itself: other
};

class BlobFiles {
 public:
  using Path = std::filesystem::path;

  virtual ~BlobFiles() = default;

  /// Error EEXIST: there is one of that name.
  virtual DiskResult<std::unique_ptr<NewFile>> create(const Path& path) = 0;

  /// Regular files only, for reading: pread, sendfile.
  virtual DiskResult<UniqueFd> open(const Path& path) = 0;

  /// What was at `to` is replaced.
  virtual DiskResult<void> rename(const Path& from, const Path& to) = 0;
  virtual DiskResult<void> unlink(const Path& path) = 0;
  virtual DiskResult<FileStatus> look(const Path& path) = 0;

  /// In no order, without "." and "..".
  virtual DiskResult<std::vector<DirectoryEntry>> list(const Path& directory) = 0;

  /// Only the last part; a directory that is there is left as it is.
  virtual DiskResult<void> make_directory(const Path& directory) = 0;
  virtual DiskResult<void> sync_directory(const Path& directory) = 0;

  /// What is left for whoever is not root.
  virtual DiskResult<std::uint64_t> free_bytes(const Path& directory) = 0;
};

/// The real one. Files are 0640 and directories 0750 (less the umask), so that a proxy in our group
/// can serve them; whether it may come near them is the data directory's business.
class DiskFiles : public BlobFiles {
 public:
  DiskResult<std::unique_ptr<NewFile>> create(const Path& path) override;
  DiskResult<UniqueFd> open(const Path& path) override;
  DiskResult<void> rename(const Path& from, const Path& to) override;
  DiskResult<void> unlink(const Path& path) override;
  DiskResult<FileStatus> look(const Path& path) override;
  DiskResult<std::vector<DirectoryEntry>> list(const Path& directory) override;
  DiskResult<void> make_directory(const Path& directory) override;
  DiskResult<void> sync_directory(const Path& directory) override;
  DiskResult<std::uint64_t> free_bytes(const Path& directory) override;
};

}  // namespace dcount::packages
