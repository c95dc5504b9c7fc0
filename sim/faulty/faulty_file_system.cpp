#include "sim/faulty/faulty_file_system.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace dcount::faulty {
namespace {

namespace fs = std::filesystem;
using IOOptions = rocksdb::IOOptions;
using IOStatus = rocksdb::IOStatus;
using Debug = rocksdb::IODebugContext;

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path,
             FaultyFileSystem& system)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), system_(system) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, Debug* debug) override {
    auto status = system_.on_append(path_, data.size());
    return status.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, Debug* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, Debug* debug) override {
    auto status = system_.on_truncate(path_, size);
    return status.ok() ? FSWritableFileOwnerWrapper::Truncate(size, options, debug) : status;
  }
  IOStatus PositionedAppend(const rocksdb::Slice&, std::uint64_t, const IOOptions&,
                            Debug*) override {
    return IOStatus::NotSupported("files are appended to");
  }
  IOStatus PositionedAppend(const rocksdb::Slice&, std::uint64_t, const IOOptions&,
                            const rocksdb::DataVerificationInfo&, Debug*) override {
    return IOStatus::NotSupported("files are appended to");
  }
  IOStatus Sync(const IOOptions&, Debug*) override { return system_.on_sync(path_); }
  IOStatus Fsync(const IOOptions&, Debug*) override { return system_.on_sync(path_); }

 private:
  const std::string path_;
  FaultyFileSystem& system_;
};

class FaultyDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyDirectory(std::unique_ptr<rocksdb::FSDirectory> directory, std::string path,
                  FaultyFileSystem& system)
      : FSDirectoryWrapper(std::move(directory)), path_(std::move(path)), system_(system) {}

  IOStatus Fsync(const IOOptions&, Debug*) override { return system_.on_directory_sync(path_); }
  IOStatus FsyncWithDirOptions(const IOOptions&, Debug*, const rocksdb::DirFsyncOptions&) override {
    return system_.on_directory_sync(path_);
  }

 private:
  const std::string path_;
  FaultyFileSystem& system_;
};

std::string normal(const std::string& path) { return fs::path(path).lexically_normal().string(); }

bool is_in(const std::string& path, const std::string& directory) {
  return fs::path(path).parent_path() == fs::path(directory + "/").lexically_normal().parent_path();
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace

void FaultyFileSystem::cut_power_after(int steps) {
  const std::lock_guard lock(mutex_);
  steps_left_ = steps;
}

void FaultyFileSystem::fail_syncs(bool fail, const std::string& of) {
  const std::lock_guard lock(mutex_);
  fail_syncs_of_ = of;
  fail_syncs_ = fail;
}

void FaultyFileSystem::fail_writes(bool fail) {
  const std::lock_guard lock(mutex_);
  fail_writes_ = fail;
}

bool FaultyFileSystem::was_synced(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  return synced_directories_.contains(normal(directory));
}

IOStatus FaultyFileSystem::take_step() {
  if (steps_left_ == 0) return IOStatus::IOError("the power is off");
  if (steps_left_ != std::numeric_limits<int>::max()) --steps_left_;
  return IOStatus::OK();
}

void FaultyFileSystem::crash(Tail tail, unsigned seed) {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  const auto surviving = [&](std::uint64_t unsynced) -> std::uint64_t {
    if (tail == Tail::dropped) return 0;
    return tail == Tail::kept ? unsynced : random() % (unsynced + 1);
  };
  // File systems keep names in a journal: of their changes a first part survives.
  const auto changes = surviving(name_changes_.size());
  for (; name_changes_.size() > changes; name_changes_.pop_back()) undo(name_changes_.back());
  name_changes_.clear();
  for (auto& [path, file] : files_) {
    const std::uint64_t size = file.synced + surviving(file.written - file.synced);
    if (size < file.written) fs::resize_file(path, size);
    file = {size, size, false};
  }
  steps_left_ = std::numeric_limits<int>::max();
}

void FaultyFileSystem::undo(const NameChange& change) {
  const auto file = files_.find(change.name);
  if (file == files_.end()) return;  // deleted meanwhile
  if (change.old_name) {
    fs::rename(change.name, *change.old_name);
    files_[*change.old_name] = file->second;
  } else {
    fs::remove(change.name);
  }
  files_.erase(change.name);
  if (change.displaced) {
    write_file(change.name, *change.displaced);
    files_[change.name] = change.displaced_file;
  }
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& path,
                                           const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                                           Debug* debug) {
  const std::lock_guard lock(mutex_);
  auto status = take_step();
  if (!status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  status = FileSystemWrapper::NewWritableFile(path, options, &real, debug);
  if (!status.ok()) return status;
  const bool is_new = files_.insert_or_assign(normal(path), File{}).second;
  if (is_new) name_changes_.push_back({normal(path), std::nullopt, std::nullopt, {}});
  *file = std::make_unique<FaultyFile>(std::move(real), normal(path), *this);
  return status;
}

IOStatus FaultyFileSystem::ReopenWritableFile(const std::string&, const rocksdb::FileOptions&,
                                              std::unique_ptr<rocksdb::FSWritableFile>*, Debug*) {
  return IOStatus::NotSupported("files are written once");
}

IOStatus FaultyFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                             const rocksdb::FileOptions&,
                                             std::unique_ptr<rocksdb::FSWritableFile>*, Debug*) {
  return IOStatus::NotSupported("files are written once");
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                                        Debug* debug) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  auto status = FileSystemWrapper::NewDirectory(path, options, &real, debug);
  if (!status.ok()) return status;
  *directory = std::make_unique<FaultyDirectory>(std::move(real), normal(path), *this);
  return status;
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                      Debug* debug) {
  const std::lock_guard lock(mutex_);
  auto status = take_step();
  if (!status.ok()) return status;
  files_.erase(normal(path));
  return FileSystemWrapper::DeleteFile(path, options, debug);
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to,
                                      const IOOptions& options, Debug* debug) {
  const std::lock_guard lock(mutex_);
  auto status = take_step();
  if (!status.ok()) return status;
  NameChange change{normal(to), normal(from), std::nullopt, {}};
  if (const auto old = files_.find(change.name); old != files_.end()) {
    change.displaced = read_file(change.name);
    change.displaced_file = old->second;
  }
  status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  const auto file = files_.find(*change.old_name);
  if (file == files_.end()) return status;  // a log for people, not written through us
  files_[change.name] = file->second;
  files_.erase(file);
  name_changes_.push_back(std::move(change));
  return status;
}

IOStatus FaultyFileSystem::on_append(const std::string& path, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  auto status = take_step();
  if (!status.ok()) return status;
  if (fail_writes_) return IOStatus::NoSpace("the disk is full");
  if (const auto file = files_.find(path); file != files_.end()) file->second.written += bytes;
  return status;
}

IOStatus FaultyFileSystem::on_truncate(const std::string& path, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  auto status = take_step();
  if (!status.ok()) return status;
  if (const auto file = files_.find(path); file != files_.end()) {
    file->second.written = size;
    file->second.synced = std::min(file->second.synced, size);
  }
  return status;
}

IOStatus FaultyFileSystem::on_sync(const std::string& path) {
  const std::lock_guard lock(mutex_);
  auto status = take_step();
  if (!status.ok()) return status;
  const auto file = files_.find(path);
  if (fail_syncs_ && path.ends_with(fail_syncs_of_)) {
    if (file != files_.end()) file->second.sync_failed = true;
    return IOStatus::IOError("the sync failed");
  }
  if (file == files_.end() || file->second.sync_failed) return status;
  file->second.synced = file->second.written;
  return status;
}

IOStatus FaultyFileSystem::on_directory_sync(const std::string& path) {
  const std::lock_guard lock(mutex_);
  auto status = take_step();
  if (!status.ok()) return status;
  synced_directories_.insert(path);
  std::erase_if(name_changes_, [&](const auto& change) { return is_in(change.name, path); });
  return status;
}

}  // namespace dcount::faulty
