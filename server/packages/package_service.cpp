#include "server/packages/package_service.h"

#include <optional>
#include <utility>

#include "server/packages/blob_files.h"

namespace dcount::packages {
namespace {

/// What is the same for all parts is said once.
PackageOptions completed(PackageOptions options) {
  PeerOptions peer = options.upload.peer;
  peer.self = options.node;
  peer.secret = options.secret;
  options.upload.peer = options.transfer.peer = std::move(peer);
  options.upload.replicas = options.repair.replicas = options.replicas;
  options.repair.self = options.node;
  return options;
}

}  // namespace

struct PackageService::Impl {
  Impl(engine::Engine& engine, const engine::Clock& clock, Nodes nodes, PackageOptions given,
       BlobFiles* given_files)
      : engine(engine),
        clock(clock),
        nodes(std::move(nodes)),
        options(completed(std::move(given))),
        files(given_files != nullptr ? *given_files : disk) {}

  std::string open() {
    auto opened = BlobStore::open(options.directory, files);
    if (!opened) return opened.error().message;
    blobs = *std::move(opened);
    transfers.emplace(*blobs, nodes, options.transfer);
    uploads.emplace(engine, clock, *blobs, options.upload);
    repairer.emplace(engine, clock, *blobs, *transfers, nodes, options.repair);
    return {};
  }

  engine::Engine& engine;
  const engine::Clock& clock;
  const Nodes nodes;
  const PackageOptions options;
  DiskFiles disk;
  BlobFiles& files;
  // In the order of their lives.
  std::unique_ptr<BlobStore> blobs;
  std::optional<Transfers> transfers;
  std::optional<Uploads> uploads;
  std::optional<Repairer> repairer;
};

PackageService::PackageService(engine::Engine& engine, const engine::Clock& clock, Nodes nodes,
                               PackageOptions options, BlobFiles* files)
    : impl_(std::make_unique<Impl>(engine, clock, std::move(nodes), std::move(options), files)) {}

PackageService::~PackageService() { stop(); }

std::string PackageService::open() { return impl_->open(); }

void PackageService::start() {
  impl_->transfers->start();
  impl_->uploads->start();
  impl_->repairer->start();
}

void PackageService::stop() {
  // The repair waits for transfers.
  if (impl_->transfers) impl_->transfers->stop();
  if (impl_->repairer) impl_->repairer->stop();
  if (impl_->uploads) impl_->uploads->stop();
}

BlobStore& PackageService::blobs() { return *impl_->blobs; }
Uploads& PackageService::uploads() { return *impl_->uploads; }
Transfers& PackageService::transfers() { return *impl_->transfers; }
Repairer& PackageService::repairer() { return *impl_->repairer; }

void PackageService::note_missing(const Blob& blob) {
  const auto state = impl_->blobs->verify(blob, VerifyDepth::length);
  if (!state || *state == BlobState::intact) return;
  static_cast<void>(impl_->blobs->remove(blob));  // else the repair tries again
  impl_->repairer->note_missing(blob.pkgid);
}

PackageFigures PackageService::figures() const {
  PackageFigures figures;
  figures.blobs = impl_->blobs->figures();
  figures.transfers = impl_->transfers->figures();
  figures.mended = impl_->repairer->total();
  if (const auto free = impl_->blobs->free_bytes()) {
    figures.free_bytes = static_cast<std::int64_t>(*free);
  }
  return figures;
}

}  // namespace dcount::packages
