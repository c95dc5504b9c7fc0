#include "server/packages/blob_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace dcount::packages {
namespace {

using Path = BlobFiles::Path;

constexpr mode_t file_mode = 0640;
constexpr mode_t directory_mode = 0750;

DiskResult<void> answered(int result, std::string_view what, const Path& path) {
  if (result != 0) return disk_error(errno, what, path);
  return {};
}

FileStatus status_of(const struct stat& info) {
  FileStatus status;
  if (S_ISREG(info.st_mode)) status.kind = FileStatus::Kind::file;
  if (S_ISDIR(info.st_mode)) status.kind = FileStatus::Kind::directory;
  status.bytes = static_cast<std::uint64_t>(info.st_size);
  status.modified_ms = std::int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000;
  return status;
}

class DiskFile : public NewFile {
 public:
  DiskFile(UniqueFd fd, Path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  DiskResult<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return disk_error(errno, "write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  DiskResult<void> sync() override { return answered(::fsync(fd_.get()), "sync", path_); }

 private:
  UniqueFd fd_;
  Path path_;
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

DiskError disk_error(int number, std::string_view what, const std::filesystem::path& path) {
  return {number,
          std::string(what) + ' ' + path.string() + ": " + std::generic_category().message(number)};
}

DiskResult<std::unique_ptr<NewFile>> DiskFiles::create(const Path& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
  if (!fd) return disk_error(errno, "create", path);
  return std::unique_ptr<NewFile>(std::make_unique<DiskFile>(std::move(fd), path));
}

DiskResult<UniqueFd> DiskFiles::open(const Path& path) {
  // Not to wait for the writer of what somebody has made a FIFO.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return disk_error(errno, "open", path);
  if (!S_ISREG(info.st_mode)) return disk_error(EINVAL, "open", path);
  return fd;
}

DiskResult<void> DiskFiles::rename(const Path& from, const Path& to) {
  return answered(::rename(from.c_str(), to.c_str()), "rename to", to);
}

DiskResult<void> DiskFiles::unlink(const Path& path) {
  return answered(::unlink(path.c_str()), "unlink", path);
}

DiskResult<FileStatus> DiskFiles::look(const Path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return disk_error(errno, "look at", path);
  return status_of(info);
}

DiskResult<std::vector<DirectoryEntry>> DiskFiles::list(const Path& directory) {
  const std::unique_ptr<DIR, CloseDirectory> open(::opendir(directory.c_str()));
  if (!open) return disk_error(errno, "list", directory);
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* found = ::readdir(open.get());
    if (found == nullptr) break;
    const std::string name = found->d_name;
    if (name == "." || name == "..") continue;
    struct stat info {};
    if (::fstatat(::dirfd(open.get()), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // gone meanwhile
      return disk_error(errno, "look at", directory / name);
    }
    entries.push_back({name, status_of(info)});
  }
  if (errno != 0) return disk_error(errno, "list", directory);
  return entries;
}

DiskResult<void> DiskFiles::make_directory(const Path& directory) {
  if (::mkdir(directory.c_str(), directory_mode) == 0) return {};
  const int number = errno;
  struct stat info {};
  if (number == EEXIST && ::stat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return disk_error(number, "make directory", directory);
}

DiskResult<void> DiskFiles::sync_directory(const Path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return answered(fd ? ::fsync(fd.get()) : -1, "sync directory", directory);
}

DiskResult<std::uint64_t> DiskFiles::free_bytes(const Path& directory) {
  struct statvfs info {};
  if (::statvfs(directory.c_str(), &info) != 0) return disk_error(errno, "statvfs", directory);
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

}  // namespace dcount::packages
