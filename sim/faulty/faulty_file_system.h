// A file system whose power can fail: for showing that what RocksDB acknowledged survives.
//
// Everything is written through to the real file system at once, as to a page cache; this class
// remembers what of it a sync has covered, and crash() takes the rest away again: bytes after the
// last sync of their file, names of files made, and renames, before the sync of their directory.
// (Deletions stay; nothing comes back.) Nothing is really synced, so it is fast.
//
// Thread-safety: all members may be called from any thread; crash only while no file is open.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace dcount::faulty {

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using IOOptions = rocksdb::IOOptions;
  using IOStatus = rocksdb::IOStatus;
  using Debug = rocksdb::IODebugContext;

  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  /// What a power failure does to what no sync has covered: drop it all, keep a part of each file
  /// (up to any byte) and the first of the changes of names, keep it all.
  enum class Tail { dropped, torn, kept };

  /// After this many more steps (writes, syncs, names made or changed) the power fails: nothing
  /// has an effect any more and everything is answered with an error, until crash().
  void cut_power_after(int steps);
  /// The power fails, now if it has not yet, and comes back. `seed` says where files are torn.
  void crash(Tail tail, unsigned seed = 0);

  /// From now on syncs fail, of files whose names end in `of` only. As on Linux a later sync says
  /// yes and does not bring back what a failed one has lost: the file is never synced beyond that
  /// point any more.
  void fail_syncs(bool fail, const std::string& of = "");
  /// From now on the disk is full.
  void fail_writes(bool fail);

  bool was_synced(const std::string& directory);

  const char* Name() const override { return "dcount.FaultyFileSystem"; }
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override;
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              Debug* debug) override;
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override;
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory, Debug* debug) override;
  IOStatus DeleteFile(const std::string& path, const IOOptions& options, Debug* debug) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      Debug* debug) override;

  // What its files tell it.
  IOStatus on_append(const std::string& path, std::uint64_t bytes);
  IOStatus on_truncate(const std::string& path, std::uint64_t size);
  IOStatus on_sync(const std::string& path);
  IOStatus on_directory_sync(const std::string& path);

 private:
  struct File {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
    bool sync_failed = false;
  };
  /// A file made, or renamed.
  struct NameChange {
    std::string name;
    std::optional<std::string> old_name;
    std::optional<std::string> displaced;  ///< what the file held that had the name before
    File displaced_file;
  };

  IOStatus take_step();  // wants mutex_ held
  void undo(const NameChange& change);

  std::mutex mutex_;
  std::map<std::string, File> files_;
  std::vector<NameChange> name_changes_;  ///< in directories not synced since, in order
  std::set<std::string> synced_directories_;
  int steps_left_ = std::numeric_limits<int>::max();
  bool fail_syncs_ = false;
  std::string fail_syncs_of_;
  bool fail_writes_ = false;
};

}  // namespace dcount::faulty
