// The embedded store: one machine, one process, RocksDB in a directory.
//
// Durability: a batch is one record of RocksDB's log, synced before it is acknowledged. After a
// crash the log is read up to its first incomplete record; only what was never acknowledged can be
// incomplete. A log with other damage is refused, for what was acknowledged may be behind it. A
// failed write or sync is final (CommitResult::Status::failed): what it left behind is known only
// to the next process that opens the directory.
//
// Guards: RocksDB's LOCK file makes this process the only writer, so whoever has applied what it
// loaded and committed knows the present state, and every guard holds by construction. This store
// looks at the writer's mark only (in memory) and takes all guards as holding.
//
// On disk every key is stored as given, every value as "<revision> <value>", the writers' marks
// under "writer/<node>" in the same form, so `ldb scan` shows something one can read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "server/store/result.h"
#include "server/store/store.h"

namespace rocksdb {
class Env;
}

namespace dcount::store {

struct RocksOptions {
  std::filesystem::path directory;  ///< made when missing
  std::string node;                 ///< the writer's name

  /// Memory for what the log holds and the table files do not yet; two such buffers at most.
  std::size_t write_buffer_bytes = 32 << 20;

  /// For tests only: false acknowledges what a power failure can take back.
  bool sync = true;
  /// For tests only: the file system. Null: the machine's. It must outlive the store.
  rocksdb::Env* env = nullptr;
  /// For tests only: what RocksDB says of errors goes nowhere instead of to stderr.
  bool quiet = false;
};

/// Opens the store. exclusive() is true; commit and settle answer, and call the sink, before they
/// return; nothing is ever unknown. watch replays nothing: what was committed between load and
/// watch, the caller has committed itself. A load sees what was committed when it began.
///
/// Errors: the directory cannot be made or written, is in use by another server, holds something
/// else, was written by a newer dcount, or its log is damaged before its end.
Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options);

}  // namespace dcount::store
