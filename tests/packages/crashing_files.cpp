#include "tests/packages/crashing_files.h"

#include <fstream>
#include <ostream>
#include <set>
#include <stdexcept>

namespace dcount::packages {

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << "operation " << fault.operation << " fails with errno " << fault.number
             << (fault.happens ? ", but takes place" : "")
             << (fault.for_good ? ", and all after it fail" : "");
}

CrashingFiles::Fate CrashingFiles::next_fate(std::string_view what, const Path& path) {
  const std::uint64_t operation = operations_++;
  if (!fault_ || operation < fault_->operation) return {};
  if (operation == fault_->operation) {
    return {fault_->happens, disk_error(fault_->number, what, path)};
  }
  if (fault_->for_good) return {false, disk_error(fault_->number, what, path)};
  return {};
}

template <class Operation, class Note>
auto CrashingFiles::with_fate(std::string_view what, const Path& path, Operation operation,
                              Note note) -> decltype(operation()) {
  const Fate fate = next_fate(what, path);
  if (!fate.happens) return *fate.error;
  auto answer = operation();
  if (answer) note();
  if (fate.error) return *fate.error;
  return answer;
}

class CrashingFile : public NewFile {
 public:
  CrashingFile(CrashingFiles& files, std::unique_ptr<NewFile> real,
               std::shared_ptr<CrashingFiles::File> file, CrashingFiles::Path path)
      : files_(files), real_(std::move(real)), file_(std::move(file)), path_(std::move(path)) {}

  DiskResult<void> append(std::string_view bytes) override {
    const auto fate = files_.next_fate("write", path_);
    // What fails has written half of it.
    if (fate.error && !fate.happens) bytes = bytes.substr(0, bytes.size() / 2);
    auto appended = real_->append(bytes);
    if (appended) file_->bytes += bytes;
    if (fate.error) return *fate.error;
    return appended;
  }

  DiskResult<void> sync() override {
    const auto fate = files_.next_fate("sync", path_);
    if (fate.happens && !file_->sync_failed) file_->synced_bytes = file_->bytes.size();
    if (!fate.error) return {};
    file_->sync_failed = true;
    return *fate.error;
  }

 private:
  CrashingFiles& files_;
  std::unique_ptr<NewFile> real_;
  std::shared_ptr<CrashingFiles::File> file_;
  CrashingFiles::Path path_;
};

DiskResult<std::unique_ptr<NewFile>> CrashingFiles::create(const Path& path) {
  const auto file = std::make_shared<File>();
  auto created = with_fate(
      "create", path, [&] { return disk_.create(path); }, [&] { now_[path] = {file}; });
  if (!created) return created;
  return std::unique_ptr<NewFile>(
      std::make_unique<CrashingFile>(*this, std::move(*created), file, path));
}

DiskResult<UniqueFd> CrashingFiles::open(const Path& path) {
  return with_fate(
      "open", path, [&] { return disk_.open(path); }, [] {});
}

DiskResult<void> CrashingFiles::rename(const Path& from, const Path& to) {
  return with_fate(
      "rename", from, [&] { return disk_.rename(from, to); },
      [&] {
        now_[to] = now_.at(from);
        now_.erase(from);
      });
}

DiskResult<void> CrashingFiles::unlink(const Path& path) {
  return with_fate(
      "unlink", path, [&] { return disk_.unlink(path); }, [&] { now_.erase(path); });
}

DiskResult<FileStatus> CrashingFiles::look(const Path& path) {
  return with_fate(
      "look at", path, [&] { return disk_.look(path); }, [] {});
}

DiskResult<std::vector<DirectoryEntry>> CrashingFiles::list(const Path& directory) {
  return with_fate(
      "list", directory, [&] { return disk_.list(directory); }, [] {});
}

DiskResult<void> CrashingFiles::make_directory(const Path& directory) {
  return with_fate(
      "make directory", directory, [&] { return disk_.make_directory(directory); },
      [&] { now_.try_emplace(directory); });
}

DiskResult<void> CrashingFiles::sync_directory(const Path& directory) {
  const auto sync = [&]() -> DiskResult<void> {
    if (!std::filesystem::is_directory(directory)) return disk_error(ENOENT, "sync", directory);
    return {};
  };
  return with_fate("sync directory", directory, sync, [&] {
    const auto is_in = [&](const auto& name) {
      return Path(name.first).parent_path() == directory;
    };
    std::erase_if(durable_, is_in);
    for (const auto& name : now_) {
      if (is_in(name)) durable_.insert(name);
    }
  });
}

DiskResult<std::uint64_t> CrashingFiles::free_bytes(const Path& directory) {
  return with_fate(
      "statvfs", directory, [&] { return disk_.free_bytes(directory); }, [] {});
}

void CrashingFiles::crash(unsigned seed) {
  std::mt19937 random(seed);
  std::set<std::string> names;
  for (const auto& [name, entry] : now_) names.insert(name);
  for (const auto& [name, entry] : durable_) names.insert(name);

  Names left;
  for (const std::string& name : names) {  // directories come before what is in them
    const Path above = Path(name).parent_path();
    if (above != root_ && !left.contains(above)) continue;
    const auto now = now_.find(name);
    const auto durable = durable_.find(name);
    const bool as_it_is = random() % 2 == 0;
    const auto& found = as_it_is ? now : durable;
    if (found == (as_it_is ? now_ : durable_).end()) continue;
    Entry entry = found->second;
    if (entry.file) {
      const std::size_t unsynced = entry.file->bytes.size() - entry.file->synced_bytes;
      const std::size_t kept = entry.file->synced_bytes + random() % (unsynced + 1);
      entry.file = std::make_shared<File>(File{entry.file->bytes.substr(0, kept), kept});
    }
    left[name] = entry;
  }

  for (const auto& entry : std::filesystem::directory_iterator(root_)) {
    std::filesystem::remove_all(entry.path());
  }
  for (const auto& [name, entry] : left) {
    if (entry.file) {
      if (!(std::ofstream(name, std::ios::binary) << entry.file->bytes)) {
        throw std::runtime_error("cannot write " + name);
      }
    } else {
      std::filesystem::create_directory(name);
    }
  }
  now_ = durable_ = left;
}

}  // namespace dcount::packages
