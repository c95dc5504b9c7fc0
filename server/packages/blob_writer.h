// A blob while it is being written.
//
// Thread-safety: one thread at a time. As long as it lives, what breaks off (a download) can go on
// where it stopped: at bytes_written().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/packages/blob.h"
#include "server/packages/blob_files.h"
#include "server/packages/disk_result.h"
#include "server/packages/sha256.h"

namespace dcount::packages {

class BlobStore;

class BlobWriter {
 public:
  BlobWriter(BlobWriter&& other) noexcept;
  BlobWriter& operator=(BlobWriter&& other) noexcept;

  /// Without commit() the bytes are thrown away.
  ~BlobWriter();

  /// After an error nothing can be written or committed any more: every call gives that error.
  DiskResult<void> append(std::string_view bytes);

  /// The bytes of another file, in pieces. As append(); the other file ending too early is EIO.
  DiskResult<void> append_from(int fd, std::uint64_t offset, std::uint64_t bytes);

  std::uint64_t bytes_written() const { return bytes_; }

  /// SHA-256 of all so far, 64 hex digits.
  std::string digest() const { return sha256_.digest(); }

  /// Once it returns a blob, that is in the store's index and outlives a power failure. It is the
  /// end of the writer in any case. When the store has this blob already it gives that one.
  /// Errors: the blob is not in the index (EINVAL: no package id); what may be left of its file is
  /// replaced when it is committed again, and found by the next open().
  DiskResult<Blob> commit(std::string_view pkgid);

 private:
  friend class BlobStore;

  BlobWriter(BlobStore& store, BlobFiles::Path temporary, std::unique_ptr<NewFile> file)
      : store_(&store), temporary_(std::move(temporary)), file_(std::move(file)) {}

  DiskResult<void> check_usable() const;
  void discard();

  BlobStore* store_ = nullptr;  ///< null: nothing to throw away
  BlobFiles::Path temporary_;
  std::unique_ptr<NewFile> file_;
  Sha256 sha256_;
  std::uint64_t bytes_ = 0;
  std::optional<DiskError> failed_;
};

}  // namespace dcount::packages
