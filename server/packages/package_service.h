// Packages on this node, put together: the files, what comes, what goes, and what keeps them right.
//
// Thread-safety: open, start and stop from one thread; the rest from any. Engine, clock and files
// outlive it; it is stopped before the engine is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/packages/blob_store.h"
#include "server/packages/repairer.h"
#include "server/packages/transfers.h"
#include "server/packages/uploads.h"

namespace dcount::packages {

struct PackageOptions {
  std::string directory;  ///< `<data>/packages`
  std::string node;       ///< this one's name
  std::string secret;     ///< of the cluster; empty: none
  std::size_t replicas = 2;
  UploadOptions upload;      ///< peer and replicas are set from the above
  TransferOptions transfer;  ///< peer is
  RepairOptions repair;      ///< self and replicas are
};

struct PackageFigures {
  BlobFigures blobs;
  TransferFigures transfers;
  RepairReport mended;  ///< since the start
  std::int64_t free_bytes = -1;
};

class PackageService {
 public:
  /// `files` null: the disk's own.
  PackageService(engine::Engine& engine, const engine::Clock& clock, Nodes nodes,
                 PackageOptions options, BlobFiles* files = nullptr);
  ~PackageService();

  /// Reads what is there. Returns what went wrong, for people, or an empty string.
  [[nodiscard]] std::string open();

  /// Begins to work: uploads, transfers, the first repair.
  void start();
  void stop();

  BlobStore& blobs();
  Uploads& uploads();
  Transfers& transfers();
  Repairer& repairer();

  /// Its file could not be sent: when it is gone or cut short the index forgets it, and the repair
  /// looks at it soon. Blocks on the disk.
  void note_missing(const Blob& blob);

  PackageFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcount::packages
