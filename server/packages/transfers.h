// Brings packages here from the nodes that hold them: one transfer of a package at a time, however
// many ask for it, and few transfers in all.
//
// A transfer begins at a random holder that is alive; when it breaks off it goes on at another one
// where it stopped. Nothing is kept or told of before its digest is right.
//
// Thread-safety: bring from any thread; start and stop from one. `done` is called on a thread of
// the transfers', or inside bring or stop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/core/package.h"
#include "server/nodes/node_service.h"
#include "server/packages/blob_store.h"
#include "server/packages/peer.h"

namespace dcount::packages {

/// Who is there now. Any thread.
using Nodes = std::function<nodes::NodeSnapshot()>;

struct TransferOptions {
  PeerOptions peer;
  std::size_t threads = 4;           ///< transfers at a time
  std::size_t waiting_max = 10'000;  ///< that wait for one of them, all askers counted
  int rounds_max = 3;                ///< over all holders, without a byte from any of them
};

struct Brought {
  enum class Status {
    here,
    nobody_has_it,  ///< no holder that is reached has it
    storage_full,
    failed,      ///< this node's disk
    overloaded,  ///< too many wait already
    stopped,
  };
  Status status = Status::nobody_has_it;
  std::optional<Blob> blob;  ///< when here
  std::string detail;        ///< for people, when not
};

struct TransferFigures {
  std::uint64_t begun = 0;
  std::uint64_t done = 0;
  std::uint64_t bytes = 0;  ///< received
};

class Transfers {
 public:
  using Done = std::function<void(const Brought& brought)>;

  /// All outlive it.
  Transfers(BlobStore& blobs, Nodes nodes, TransferOptions options);
  ~Transfers();

  void start();
  /// What is under way is cut; who waits is told `stopped`.
  void stop();

  /// Sees to it that the package is here. At once when it is.
  void bring(const core::Package& package, Done done);

  TransferFigures figures() const;
  const PeerOptions& peer() const { return options_.peer; }

 private:
  struct Transfer {
    core::Package package;
    std::vector<Done> waiting;
  };

  /// What has come so far.
  struct Part {
    std::optional<BlobWriter> writer;
    std::uint64_t bytes() const { return writer ? writer->bytes_written() : 0; }
  };

  void work();
  Brought run(const core::Package& package);
  std::vector<nodes::NodeStatus> sources(const core::Package& package) const;
  std::optional<Brought> go_on(const nodes::NodeStatus& node, const core::Package& package,
                               Part& part);
  std::optional<DiskError> receive(const nodes::NodeStatus& node, const core::Package& package,
                                   BlobWriter& writer);
  void finish(const std::string& pkgid, const Brought& brought);

  BlobStore& blobs_;
  const Nodes nodes_;
  const TransferOptions options_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<std::string, Transfer> transfers_;  ///< by pkgid: waiting, or under way
  std::deque<std::string> queue_;
  std::size_t askers_ = 0;
  std::vector<Peer*> under_way_;
  TransferFigures figures_;
  std::atomic<bool> stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace dcount::packages
