#include "server/packages/blob_store.h"

#include <fcntl.h>

#include <algorithm>
#include <functional>

#include "server/packages/read_pieces.h"
#include "server/packages/sha256.h"

namespace dcount::packages {

DiskResult<std::unique_ptr<BlobStore>> BlobStore::open(const Path& directory, BlobFiles& files) {
  std::error_code ignored;
  Path absolute = std::filesystem::absolute(directory, ignored).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  std::unique_ptr<BlobStore> store(new BlobStore(absolute, files));
  if (auto made = store->make_directories(); !made) return made.error();
  if (auto removed = store->remove_temporaries(); !removed) return removed.error();
  if (auto read = store->read_names(); !read) return read.error();
  return store;
}

/// Ours, `tmp` in it, and those above that are missing.
DiskResult<void> BlobStore::make_directories() {
  std::vector<Path> missing{directory_};
  while (true) {
    const Path above = missing.back().parent_path();
    if (above == missing.back()) break;
    const auto status = files_.look(above);
    if (status) break;
    if (!status.error().not_found()) return status.error();
    missing.push_back(above);
  }
  std::reverse(missing.begin(), missing.end());
  for (const Path& path : missing) {
    if (auto made = files_.make_directory(path); !made) return made;
    if (auto synced = files_.sync_directory(path.parent_path()); !synced) return synced;
  }
  return files_.make_directory(temporary_directory());
}

DiskResult<void> BlobStore::remove_temporaries() {
  const auto entries = files_.list(temporary_directory());
  if (!entries) return entries.error();
  for (const DirectoryEntry& entry : *entries) {
    if (entry.status.kind == FileStatus::Kind::directory) continue;  // not ours
    auto removed = files_.unlink(temporary_directory() / entry.name);
    if (!removed && !removed.error().not_found()) return removed;
  }
  return {};
}

DiskResult<void> BlobStore::read_names() {
  const auto entries = files_.list(directory_);
  if (!entries) return entries.error();
  for (const auto& [name, status] : *entries) {
    if (status.kind != FileStatus::Kind::directory || name.size() != 2) {
      if (name != "tmp") ++figures_.unknown_files;
      continue;
    }
    if (auto read = read_names_in(name); !read) return read;
    durable_directories_.insert(name);
  }
  return files_.sync_directory(directory_);
}

DiskResult<void> BlobStore::read_names_in(const std::string& directory) {
  const auto entries = files_.list(directory_ / directory);
  if (!entries) return entries.error();
  for (const auto& [name, status] : *entries) {
    auto blob = parse_blob_file_name(name);
    if (!blob || status.kind != FileStatus::Kind::file ||
        blob_directory(blob->pkgid) != directory) {
      ++figures_.unknown_files;
      continue;
    }
    blob->bytes = status.bytes;
    blob->since_ms = status.modified_ms;
    insert(*blob);
  }
  return files_.sync_directory(directory_ / directory);
}

DiskResult<BlobWriter> BlobStore::begin(std::uint64_t bytes_expected) {
  const Path path = temporary_directory() / std::to_string(next_temporary_++);
  auto file = files_.create(path);
  if (!file && file.error().not_found()) {  // somebody has emptied the disk
    if (auto made = make_directories(); !made) return made.error();
    file = files_.create(path);
  }
  if (!file) return file.error();
  BlobWriter writer(*this, path, std::move(*file));
  const auto room = files_.free_bytes(directory_);
  if (!room) return room.error();
  if (*room < bytes_expected) return disk_error(ENOSPC, "begin", path);
  return writer;
}

std::mutex& BlobStore::turns_in(std::string_view directory) {
  return turns_[std::hash<std::string_view>{}(directory) % turns_.size()];
}

DiskResult<Blob> BlobStore::place(const Path& temporary, Blob blob) {
  const std::string directory = blob_directory(blob.pkgid);
  const std::lock_guard turn(turns_in(directory));
  // The file of one that is known already is replaced: it may be gone or spoilt by now.
  const bool known = find(blob.pkgid, blob.sha256).has_value();
  auto placed = rename_into_place(temporary, blob);
  if (placed) placed = files_.sync_directory(directory_ / directory);
  if (!placed) {
    // Nobody is to find it after a restart, if that can be helped.
    if (!known && files_.unlink(path(blob))) {
      (void)files_.sync_directory(directory_ / directory).has_value();
    }
    return placed.error();
  }
  insert(blob);
  return blob;
}

DiskResult<void> BlobStore::rename_into_place(const Path& temporary, const Blob& blob) {
  const std::string directory = blob_directory(blob.pkgid);
  if (auto made = make_blob_directory(directory); !made) return made;
  auto renamed = files_.rename(temporary, path(blob));
  if (renamed || !renamed.error().not_found()) return renamed;
  // Somebody has emptied the disk, even of its directories.
  {
    const std::lock_guard lock(mutex_);
    durable_directories_.erase(directory);
  }
  if (auto made = make_directories(); !made) return made;
  if (auto made = make_blob_directory(directory); !made) return made;
  return files_.rename(temporary, path(blob));
}

/// Durably. That it is there already says nothing: its maker may have failed to sync its name.
DiskResult<void> BlobStore::make_blob_directory(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (durable_directories_.contains(name)) return {};
  }
  if (auto made = files_.make_directory(directory_ / name); !made) return made;
  if (auto synced = files_.sync_directory(directory_); !synced) return synced;
  const std::lock_guard lock(mutex_);
  durable_directories_.insert(name);
  return {};
}

void BlobStore::insert(const Blob& blob) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = index_.try_emplace(Name(blob.pkgid, blob.sha256));
  if (is_new) ++figures_.blobs;
  figures_.bytes += blob.bytes - at->second.bytes;
  at->second = blob;
}

std::optional<Blob> BlobStore::find(std::string_view pkgid) const {
  const std::lock_guard lock(mutex_);
  std::optional<Blob> youngest;
  for (auto at = index_.lower_bound(Name(pkgid, "")); at != index_.end(); ++at) {
    if (at->first.first != pkgid) break;
    if (!youngest || youngest->since_ms <= at->second.since_ms) youngest = at->second;
  }
  return youngest;
}

std::optional<Blob> BlobStore::find(std::string_view pkgid, std::string_view sha256) const {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(Name(pkgid, sha256));
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

std::vector<Blob> BlobStore::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Blob> blobs;
  blobs.reserve(index_.size());
  for (const auto& [name, blob] : index_) blobs.push_back(blob);
  return blobs;
}

BlobFigures BlobStore::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

BlobStore::Path BlobStore::path(const Blob& blob) const {
  return directory_ / blob_directory(blob.pkgid) / blob_file_name(blob.pkgid, blob.sha256);
}

DiskResult<UniqueFd> BlobStore::open_for_reading(const Blob& blob) const {
  return files_.open(path(blob));
}

DiskResult<void> BlobStore::remove(const Blob& blob) {
  const std::string directory = blob_directory(blob.pkgid);
  const std::lock_guard turn(turns_in(directory));
  {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(Name(blob.pkgid, blob.sha256));
    if (found != index_.end() && found->second.since_ms != blob.since_ms) return {};
    if (found != index_.end()) {
      --figures_.blobs;
      figures_.bytes -= found->second.bytes;
      index_.erase(found);
    }
  }
  auto removed = files_.unlink(path(blob));
  // Not there: perhaps of an attempt before this one, whose sync has failed.
  if (removed || removed.error().not_found()) {
    removed = files_.sync_directory(directory_ / directory);
  }
  if (!removed && removed.error().not_found()) return {};
  return removed;
}

DiskResult<BlobState> BlobStore::verify(const Blob& blob, VerifyDepth depth) const {
  const auto status = files_.look(path(blob));
  if (!status && status.error().not_found()) return BlobState::missing;
  if (!status) return status.error();
  if (status->kind != FileStatus::Kind::file || status->bytes != blob.bytes) {
    return BlobState::corrupt;
  }
  if (depth == VerifyDepth::length) return BlobState::intact;

  const auto file = files_.open(path(blob));
  if (!file && file.error().not_found()) return BlobState::missing;
  if (!file) return file.error();
  Sha256 sha256;
  off_t read_bytes = 0;
  auto read = read_pieces(file->get(), 0, blob.bytes, [&](std::string_view piece) {
    sha256.append(piece);
    // What is verified is not what is asked for: it is not to push that out of memory.
    ::posix_fadvise(file->get(), read_bytes, static_cast<off_t>(piece.size()), POSIX_FADV_DONTNEED);
    read_bytes += static_cast<off_t>(piece.size());
    return DiskResult<void>();
  });
  if (!read && read.error().number != EIO) return read.error();
  return read && sha256.digest() == blob.sha256 ? BlobState::intact : BlobState::corrupt;
}

DiskResult<std::uint64_t> BlobStore::free_bytes() const { return files_.free_bytes(directory_); }

}  // namespace dcount::packages
