// A disk that loses what was not synced, and that fails when it is told to.
//
// Over a real directory, which is always what a running process sees. Beside it the double knows
// what of it would be there after a power failure: of each file the synced bytes, and each name as
// its directory was last synced. At crash() every name that is not synced is at random as it is or
// as it was, and every file keeps at random some of its bytes that were not synced.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "server/packages/blob_files.h"

namespace dcount::packages {

/// What becomes of the operation with this number, counted from 0, and of those after it.
struct Fault {
  std::uint64_t operation = 0;
  int number = 0;         ///< errno
  bool happens = false;   ///< it takes place all the same
  bool for_good = false;  ///< all later ones fail too, without effect: the process is as dead

  friend std::ostream& operator<<(std::ostream& out, const Fault& fault);
};

class CrashingFiles : public BlobFiles {
 public:
  /// `root` is durable, with nothing in it.
  explicit CrashingFiles(Path root) : root_(std::move(root)) {}

  void set_fault(std::optional<Fault> fault) { fault_ = fault; }
  std::uint64_t operations() const { return operations_; }

  /// The power fails, and comes back: nobody uses us meanwhile. What is there then is durable.
  void crash(unsigned seed);

  DiskResult<std::unique_ptr<NewFile>> create(const Path& path) override;
  DiskResult<UniqueFd> open(const Path& path) override;
  DiskResult<void> rename(const Path& from, const Path& to) override;
  DiskResult<void> unlink(const Path& path) override;
  DiskResult<FileStatus> look(const Path& path) override;
  DiskResult<std::vector<DirectoryEntry>> list(const Path& directory) override;
  DiskResult<void> make_directory(const Path& directory) override;
  DiskResult<void> sync_directory(const Path& directory) override;
  DiskResult<std::uint64_t> free_bytes(const Path& directory) override;

 private:
  friend class CrashingFile;

  /// A file; a directory has none.
  struct File {
    std::string bytes;
    std::size_t synced_bytes = 0;
    bool sync_failed = false;  ///< what was not synced then never will be
  };
  struct Entry {
    std::shared_ptr<File> file;
    bool operator==(const Entry&) const = default;
  };
  using Names = std::map<std::string, Entry>;  ///< full paths; a directory before what is in it

  /// Whether the operation takes place, and what it answers.
  struct Fate {
    bool happens = true;
    std::optional<DiskError> error;
  };
  Fate next_fate(std::string_view what, const Path& path);

  /// Does `operation` if that is its fate; when it succeeds, `note` notes it.
  template <class Operation, class Note>
  auto with_fate(std::string_view what, const Path& path, Operation operation, Note note)
      -> decltype(operation());

  const Path root_;
  DiskFiles disk_;
  Names now_;
  Names durable_;
  std::optional<Fault> fault_;
  std::uint64_t operations_ = 0;
};

}  // namespace dcount::packages
