#include "cli/package_pack.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "cli/archive_session.h"
#include "client/content_digest.h"

namespace dcount::cli {
namespace {

using client::ClientError;
using client::ErrorKind;

constexpr std::size_t piece_bytes = std::size_t{256} << 10;
/// Each takes up to 170 MiB once there is enough to do. Never one: xz makes other bytes then.
constexpr unsigned threads_min = 2;
constexpr unsigned threads_max = 8;

/// Where the archive goes.
struct Target {
  int fd;
  std::uint64_t bytes = 0;
  client::ContentDigest digest;
  int error = 0;  ///< errno of the write that failed

  bool write(std::string_view piece) {
    digest.add(piece);
    while (!piece.empty()) {
      const auto written = ::pwrite(fd, piece.data(), piece.size(), static_cast<off_t>(bytes));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        error = errno;
        return false;
      }
      bytes += static_cast<std::uint64_t>(written);
      piece.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
};

la_ssize_t write_piece(archive*, void* target, const void* data, std::size_t size) {
  const std::string_view piece(static_cast<const char*>(data), size);
  return static_cast<Target*>(target)->write(piece) ? static_cast<la_ssize_t>(size) : -1;
}

class Packing {
 public:
  Packing(const PackageTree& tree, int fd, const PackWatcher& watcher)
      : tree_(tree), watcher_(watcher), target_{.fd = fd} {}

  bool begin();
  bool add(const TreeEntry& entry);
  bool add_text(const TreeEntry& like, const std::string& text);
  bool end();
  ClientError error() const { return error_; }
  Packed packed() const { return {.bytes = target_.bytes, .sha256 = target_.digest.hex()}; }

 private:
  bool add_head(const TreeEntry& entry);
  bool add_content(const TreeEntry& entry, int fd);
  bool add_bytes(const char* bytes, std::size_t size);
  bool fail(ClientError error) {
    error_ = std::move(error);
    return false;
  }
  /// Of the archive itself: mostly a full disk.
  bool fail_to_write() {
    if (target_.error == 0) return fail(archive_failure("cannot pack", archive_.get()));
    return fail(local_error(std::string("cannot write the temporary file (TMPDIR says where): ") +
                            std::strerror(target_.error)));
  }

  const PackageTree& tree_;
  const PackWatcher& watcher_;
  Target target_;
  Utf8Names names_;
  Archive archive_{archive_write_new()};
  ClientError error_;
  std::string piece_ = std::string(piece_bytes, '\0');
  std::uint64_t done_ = 0;
};

bool Packing::begin() {
  archive* a = archive_.get();
  const unsigned threads =
      std::clamp(std::thread::hardware_concurrency(), threads_min, threads_max);
  const bool ok =
      archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
      archive_write_add_filter_xz(a) == ARCHIVE_OK &&
      archive_write_set_filter_option(a, "xz", "compression-level", "6") == ARCHIVE_OK &&
      archive_write_set_filter_option(a, "xz", "threads", std::to_string(threads).c_str()) ==
          ARCHIVE_OK &&
      archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
      archive_write_open(a, &target_, nullptr, write_piece, nullptr) == ARCHIVE_OK;
  return ok || fail_to_write();
}

bool Packing::add_head(const TreeEntry& entry) {
  ArchiveEntry head(archive_entry_new());
  archive_entry_set_pathname(head.get(), entry.path.c_str());
  archive_entry_set_filetype(head.get(), entry.info.st_mode & S_IFMT);
  archive_entry_set_perm(head.get(), entry.info.st_mode & 0777);
  archive_entry_set_mtime(head.get(), entry.info.st_mtim.tv_sec, 0);
  archive_entry_set_size(head.get(), S_ISREG(entry.info.st_mode) ? entry.info.st_size : 0);
  if (S_ISLNK(entry.info.st_mode)) archive_entry_set_symlink(head.get(), entry.target.c_str());
  return archive_write_header(archive_.get(), head.get()) >= ARCHIVE_WARN || fail_to_write();
}

bool Packing::add_bytes(const char* bytes, std::size_t size) {
  const auto written = archive_write_data(archive_.get(), bytes, size);
  if (written != static_cast<la_ssize_t>(size)) return fail_to_write();
  done_ += size;
  return !watcher_ || watcher_(done_) || fail(local_error("stopped on this side"));
}

bool Packing::add_content(const TreeEntry& entry, int fd) {
  auto left = static_cast<std::uint64_t>(entry.info.st_size);
  while (left > 0) {
    const auto got = ::read(fd, piece_.data(), std::min<std::uint64_t>(left, piece_.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return fail(local_error("cannot read " + tree_.directory + "/" + entry.path + ": " +
                              std::strerror(errno)));
    }
    if (got == 0) break;
    if (!add_bytes(piece_.data(), static_cast<std::size_t>(got))) return false;
    left -= static_cast<std::uint64_t>(got);
  }
  struct stat now {};
  const bool same = left == 0 && ::fstat(fd, &now) == 0 && now.st_size == entry.info.st_size &&
                    now.st_mtim.tv_sec == entry.info.st_mtim.tv_sec &&
                    now.st_mtim.tv_nsec == entry.info.st_mtim.tv_nsec;
  return same || fail(local_error(entry.path + " changed while it was being packed"));
}

bool Packing::add(const TreeEntry& entry) {
  if (!S_ISREG(entry.info.st_mode)) return add_head(entry);
  const std::string path = tree_.directory + "/" + entry.path;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return fail(local_error("cannot read " + path + ": " + std::strerror(errno)));
  const bool added = add_head(entry) && add_content(entry, fd);
  ::close(fd);
  return added;
}

bool Packing::add_text(const TreeEntry& like, const std::string& text) {
  TreeEntry entry = like;
  entry.info.st_size = static_cast<off_t>(text.size());
  return add_head(entry) && add_bytes(text.data(), text.size());
}

bool Packing::end() { return archive_write_close(archive_.get()) == ARCHIVE_OK || fail_to_write(); }

/// A meta.json for a directory that has none: of the same time every time.
TreeEntry made_meta() {
  TreeEntry entry{.path = meta_name};
  entry.info.st_mode = S_IFREG | 0644;
  return entry;
}

}  // namespace

client::Result<Packed> pack_tree(const PackageTree& tree,
                                 const std::optional<std::string>& meta_json, int fd,
                                 const PackWatcher& watcher) {
  Packing packing(tree, fd, watcher);
  if (!packing.begin()) return packing.error();
  bool has_meta = !meta_json;
  for (const TreeEntry& entry : tree.entries) {
    if (!has_meta && entry.path > meta_name) {
      if (!packing.add_text(made_meta(), *meta_json)) return packing.error();
      has_meta = true;
    }
    const bool is_meta = meta_json && entry.path == meta_name;
    has_meta |= is_meta;
    const bool added = is_meta ? packing.add_text(entry, *meta_json) : packing.add(entry);
    if (!added) return packing.error();
  }
  if (!has_meta && !packing.add_text(made_meta(), *meta_json)) return packing.error();
  if (!packing.end()) return packing.error();
  return packing.packed();
}

}  // namespace dcount::cli
