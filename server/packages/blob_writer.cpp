#include "server/packages/blob_writer.h"

#include <utility>

#include "server/core/names.h"
#include "server/packages/blob_store.h"
#include "server/packages/read_pieces.h"

namespace dcount::packages {

BlobWriter::BlobWriter(BlobWriter&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)),
      temporary_(std::move(other.temporary_)),
      file_(std::move(other.file_)),
      sha256_(std::move(other.sha256_)),
      bytes_(other.bytes_),
      failed_(std::move(other.failed_)) {}

BlobWriter& BlobWriter::operator=(BlobWriter&& other) noexcept {
  if (this != &other) {
    discard();
    store_ = std::exchange(other.store_, nullptr);
    temporary_ = std::move(other.temporary_);
    file_ = std::move(other.file_);
    sha256_ = std::move(other.sha256_);
    bytes_ = other.bytes_;
    failed_ = std::move(other.failed_);
  }
  return *this;
}

BlobWriter::~BlobWriter() { discard(); }

void BlobWriter::discard() {
  file_.reset();
  if (store_ == nullptr) return;
  // What cannot be unlinked goes with the next start.
  (void)std::exchange(store_, nullptr)->files_.unlink(temporary_).has_value();
}

DiskResult<void> BlobWriter::check_usable() const {
  if (failed_) return *failed_;
  if (!file_) return disk_error(EBADF, "write", temporary_);
  return {};
}

DiskResult<void> BlobWriter::append(std::string_view bytes) {
  if (auto usable = check_usable(); !usable) return usable;
  if (auto appended = file_->append(bytes); !appended) {
    failed_ = appended.error();
    return appended;
  }
  sha256_.append(bytes);
  bytes_ += bytes.size();
  return {};
}

DiskResult<void> BlobWriter::append_from(int fd, std::uint64_t offset, std::uint64_t bytes) {
  auto read =
      read_pieces(fd, offset, bytes, [this](std::string_view piece) { return append(piece); });
  if (!read && !failed_) failed_ = read.error();
  return read;
}

DiskResult<Blob> BlobWriter::commit(std::string_view pkgid) {
  if (auto usable = check_usable(); !usable) return usable.error();
  const std::unique_ptr<NewFile> file = std::move(file_);
  if (!core::is_package_id(pkgid)) return disk_error(EINVAL, "commit", temporary_);
  if (auto synced = file->sync(); !synced) return synced.error();
  const auto status = store_->files_.look(temporary_);
  if (!status) return status.error();
  auto placed =
      store_->place(temporary_, Blob{std::string(pkgid), digest(), bytes_, status->modified_ms});
  return placed;
}

}  // namespace dcount::packages
