// What happens to an upload once all of it is here: checked, on our disk, on the disks of others,
// and only then registered.
//
// Thread-safety: submit from any thread; start and stop from one. `done` is called on a thread of
// the uploads', or inside stop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "server/core/outcome.h"
#include "server/engine/clock.h"
#include "server/engine/engine.h"
#include "server/http/file_body.h"
#include "server/packages/archive_check.h"
#include "server/packages/blob_store.h"
#include "server/packages/peer.h"

namespace dcount::packages {

struct UploadOptions {
  PeerOptions peer;
  std::size_t replicas = 2;  ///< synced copies before it is acknowledged, when nodes are live
  std::size_t threads = 4;   ///< uploads at a time
  /// From the first copy to the registration: well before other nodes throw away what nobody has
  /// registered (RepairOptions::grace).
  std::chrono::milliseconds register_within{std::chrono::minutes(5)};
  std::size_t waiting_max = 64;                      ///< spooled, and not begun
  std::uint64_t bytes_max = std::uint64_t{1} << 30;  ///< of an archive
  ArchiveLimits archive;
};

struct Upload {
  http::FileRemover body;  ///< the request's body on disk
  std::string content_type;
  std::string owner;                  ///< the id of a key
  std::optional<std::string> sha256;  ///< what the client says that the archive is
  /// The Idempotency-Key, for an archive with this digest.
  std::function<std::optional<core::Idempotency>(const std::string& sha256)> idempotency;
};

/// Why an upload was not even registered.
struct UploadFault {
  enum class Kind {
    malformed,        ///< no body of the form that it says
    too_long,         ///< the archive has more than bytes_max
    digest_mismatch,  ///< it is not what the client says
    storage_full,
    disk,            ///< ours is broken
    copies_lacking,  ///< too few nodes took a copy: try again
    stopped,
  };
  Kind kind = Kind::malformed;
  std::string detail;
};

/// An outcome: what the store said of AddPackage.
using Uploaded = std::variant<core::Outcome, BadArchive, UploadFault>;

class Uploads {
 public:
  using Done = std::function<void(const Uploaded& uploaded)>;

  /// All outlive it.
  Uploads(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs,
          UploadOptions options);
  ~Uploads();

  void start();
  /// What is under way is finished, but no other node is waited for; what waits is told `stopped`.
  void stop();

  /// False: too many wait already.
  [[nodiscard]] bool submit(Upload upload, Done done);

 private:
  struct Waiting {
    Upload upload;
    Done done;
  };

  void work();
  Uploaded run(const Upload& upload);
  std::variant<core::PackageTraits, BadArchive, UploadFault> examine(const Upload& upload,
                                                                     std::optional<Blob>& blob);
  std::optional<std::map<std::string, std::string>> other_nodes();
  std::vector<std::string> copy(const Blob& blob, std::string& lacking);
  bool push(const std::string& address, const Blob& blob, int file);

  engine::Engine& engine_;
  const engine::Clock& clock_;
  BlobStore& blobs_;
  const UploadOptions options_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  std::vector<Peer*> under_way_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace dcount::packages
