#include "cli/package_unpack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/archive_session.h"
#include "cli/package_rules.h"
#include "server/packages/archive_check.h"
#include "server/packages/archive_names.h"

namespace dcount::cli {
namespace {

using client::ClientError;
using client::ErrorKind;
using packages::ArchiveNames;
using packages::ArchiveRule;

constexpr std::size_t block_bytes = std::size_t{256} << 10;
constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct Handle {
  explicit Handle(int number) : fd(number) {}
  Handle(Handle&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Handle() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

mode_t creation_mask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

/// A directory that is removed with all that is in it, unless it gets its name.
class NewDirectory {
 public:
  explicit NewDirectory(const std::string& target) : target_(target) {
    while (target_.size() > 1 && target_.back() == '/') target_.pop_back();
    path_ = target_ + ".XXXXXX";
    made_ = ::mkdtemp(path_.data()) != nullptr;
  }
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;
  ~NewDirectory() {
    std::error_code ignored;
    if (made_) std::filesystem::remove_all(path_, ignored);
  }

  bool made() const { return made_; }
  const std::string& path() const { return path_; }
  const std::string& target() const { return target_; }
  /// Takes the place of nothing, or of an empty directory.
  bool keep() {
    if (::chmod(path_.c_str(), 0777 & ~creation_mask()) != 0) return false;
    made_ = ::rename(path_.c_str(), target_.c_str()) != 0;
    return !made_;
  }

 private:
  std::string target_;
  std::string path_;
  bool made_ = false;
};

class Unpacking {
 public:
  Unpacking(int fd, int root, const std::function<bool(std::uint64_t)>& watcher)
      : fd_(fd), root_(root), watcher_(watcher) {}

  bool run();
  ClientError error() const { return error_; }
  const Unpacked& unpacked() const { return unpacked_; }

 private:
  bool open();
  bool take(archive_entry* entry);
  bool check(archive_entry* entry, const std::string& name);
  bool write_file(archive_entry* entry, int parent, const std::string& last);
  bool write_content(int file);
  bool settle_directories();
  Handle directory_of(std::string_view name, std::string& last);

  bool fail(ClientError error) {
    error_ = std::move(error);
    return false;
  }
  bool cannot_write(const std::string& name) {
    return fail(local_error("cannot unpack " + name + ": " + std::strerror(errno)));
  }
  bool set_attributes(int fd, archive_entry* entry) const {
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                               {.tv_sec = archive_entry_mtime(entry), .tv_nsec = 0}};
    return ::fchmod(fd, archive_entry_perm(entry) & 0777 & ~mask_) == 0 &&
           ::futimens(fd, times) == 0;
  }

  int fd_;
  int root_;
  const std::function<bool(std::uint64_t)>& watcher_;
  Utf8Names utf8_;
  Archive archive_{archive_read_new()};
  ArchiveNames names_{packages::ArchiveLimits().entries_max};
  mode_t mask_ = creation_mask();
  std::vector<std::pair<std::string, ArchiveEntry>> directories_;
  Unpacked unpacked_;
  ClientError error_;
};

bool Unpacking::open() {
  archive* a = archive_.get();
  const bool ok = ::lseek(fd_, 0, SEEK_SET) == 0 &&
                  archive_read_support_filter_xz(a) == ARCHIVE_OK &&
                  archive_read_support_format_tar(a) == ARCHIVE_OK &&
                  archive_read_open_fd(a, fd_, block_bytes) == ARCHIVE_OK;
  return ok || fail(archive_failure("cannot unpack the package", a));
}

/// Opens the directory that `name` is in, and makes what is not there of it. No step follows a
/// link.
Handle Unpacking::directory_of(std::string_view name, std::string& last) {
  Handle at(::dup(root_));
  last.clear();
  for (std::size_t begin = 0; begin <= name.size() && at.fd >= 0;) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string part(name.substr(begin, end - begin));
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (!last.empty()) {
      if (::mkdirat(at.fd, last.c_str(), 0700) != 0 && errno != EEXIST) return Handle(-1);
      at = Handle(::openat(at.fd, last.c_str(), directory_flags));
    }
    last = part;
  }
  return at;
}

bool Unpacking::check(archive_entry* entry, const std::string& name) {
  const char* link = archive_entry_hardlink(entry);
  const char* target = archive_entry_symlink(entry);
  const auto bad = [&]() -> std::optional<packages::BadArchive> {
    if (link != nullptr) return names_.add_hard_link(name, link);
    switch (archive_entry_filetype(entry)) {
      case AE_IFREG:
        return names_.add(name, ArchiveNames::Kind::file);
      case AE_IFDIR:
        return names_.add(name, ArchiveNames::Kind::directory);
      case AE_IFLNK:
        return names_.add_symbolic_link(name, target != nullptr ? target : "");
      default:
        return packages::BadArchive{ArchiveRule::device,
                                    packages::quoted_name(name) + " is neither file nor link"};
    }
  }();
  return !bad || fail(bad_archive(*bad));
}

bool Unpacking::write_content(int file) {
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int got = archive_read_data_block(archive_.get(), &block, &size, &offset);
    if (got == ARCHIVE_EOF) return true;
    if (got < ARCHIVE_WARN) {
      return fail(archive_failure("cannot unpack the package", archive_.get()));
    }
    const char* bytes = static_cast<const char*>(block);
    while (size > 0) {
      const auto written = ::pwrite(file, bytes, size, offset);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return cannot_write("a file");
      bytes += written;
      offset += written;
      size -= static_cast<std::size_t>(written);
      unpacked_.bytes += static_cast<std::uint64_t>(written);
    }
    if (watcher_ && !watcher_(unpacked_.bytes)) return fail(local_error("stopped on this side"));
  }
}

bool Unpacking::write_file(archive_entry* entry, int parent, const std::string& last) {
  Handle file(
      ::openat(parent, last.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.fd < 0) return cannot_write(last);
  if (!write_content(file.fd)) return false;
  // A hole at its end is not in the blocks.
  if (::ftruncate(file.fd, archive_entry_size(entry)) != 0 || !set_attributes(file.fd, entry)) {
    return cannot_write(last);
  }
  return true;
}

bool Unpacking::take(archive_entry* entry) {
  const char* path = archive_entry_pathname(entry);
  const std::string name = path != nullptr ? path : "";
  if (!check(entry, name)) return false;
  ++unpacked_.entries;
  std::string last;
  const Handle parent = directory_of(name, last);
  if (parent.fd < 0) return cannot_write(name);
  if (last.empty()) return true;  // "./"
  if (const char* link = archive_entry_hardlink(entry)) {
    std::string to;
    const Handle there = directory_of(link, to);
    return (there.fd >= 0 && ::linkat(there.fd, to.c_str(), parent.fd, last.c_str(), 0) == 0) ||
           cannot_write(name);
  }
  if (archive_entry_filetype(entry) == AE_IFREG) return write_file(entry, parent.fd, last);
  if (archive_entry_filetype(entry) == AE_IFLNK) {
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                               {.tv_sec = archive_entry_mtime(entry), .tv_nsec = 0}};
    return (::symlinkat(archive_entry_symlink(entry), parent.fd, last.c_str()) == 0 &&
            ::utimensat(parent.fd, last.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0) ||
           cannot_write(name);
  }
  if (::mkdirat(parent.fd, last.c_str(), 0700) != 0 && errno != EEXIST) return cannot_write(name);
  directories_.emplace_back(name, archive_entry_clone(entry));
  return true;
}

/// Last, since what is written into a directory changes its time, and its mode may forbid that.
bool Unpacking::settle_directories() {
  for (auto it = directories_.rbegin(); it != directories_.rend(); ++it) {
    std::string last;
    const Handle parent = directory_of(it->first, last);
    const Handle handle(::openat(parent.fd, last.c_str(), directory_flags));
    if (handle.fd < 0 || !set_attributes(handle.fd, it->second.get())) {
      return cannot_write(it->first);
    }
  }
  return true;
}

bool Unpacking::run() {
  if (!open()) return false;
  for (;;) {
    archive_entry* entry = nullptr;
    const int got = archive_read_next_header(archive_.get(), &entry);
    if (got == ARCHIVE_EOF) return settle_directories();
    if (got < ARCHIVE_WARN) {
      return fail(archive_failure("cannot unpack the package", archive_.get()));
    }
    if (!take(entry)) return false;
  }
}

}  // namespace

std::optional<ClientError> check_unpack_target(const std::string& directory) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(directory, error);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  if (!std::filesystem::is_directory(status)) return local_error(directory + " is no directory");
  const bool empty = std::filesystem::is_empty(directory, error);
  if (error) return local_error("cannot read " + directory + ": " + error.message());
  return empty ? std::nullopt
               : std::optional(local_error(directory + " is not empty; nothing is overwritten"));
}

client::Result<Unpacked> unpack(int fd, const std::string& directory,
                                const std::function<bool(std::uint64_t)>& watcher) {
  if (auto wrong = check_unpack_target(directory)) return *wrong;
  NewDirectory made(directory);
  const Handle root(made.made() ? ::open(made.path().c_str(), directory_flags) : -1);
  if (root.fd < 0) {
    return local_error("cannot make " + made.path() + ": " + std::strerror(errno));
  }
  Unpacking unpacking(fd, root.fd, watcher);
  if (!unpacking.run()) return unpacking.error();
  if (!made.keep()) return local_error("cannot make " + directory + ": " + std::strerror(errno));
  return unpacking.unpacked();
}

}  // namespace dcount::cli
