// Keeps a table equal to a feed: asks, commits, runs commands, and asks again.
//
// Thread-safety: the main thread, which holds a GracefulInterruption.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/mirror_store.h"
#include "cli/output.h"
#include "client/error.h"
#include "client/stream_url.h"

namespace dcount::cli {

/// A feed that goes on for ever is taken to have said what there is after so long a silence, where
/// an end is needed: --once, and starting anew. Twice: before its first record, and after it.
inline constexpr std::chrono::milliseconds quiet_before_first{5'000};
inline constexpr std::chrono::milliseconds quiet_after_last{1'000};

struct MirrorOptions {
  client::StreamUrl url;
  std::string api_key;  ///< unless the URL has a user
  std::string file;
  std::string table;
  std::string order_by = "updated_at";
  std::string exec;  ///< a shell command; empty: none
  bool once = false;
  bool prune = false;
  std::chrono::milliseconds retry_time{5'000};  ///< with once: without any progress
};

struct MirrorReport {
  std::uint64_t records = 0;  ///< that came
  std::uint64_t changed = 0;  ///< of them, that were news
  SqlValue since;             ///< where it goes on
  bool interrupted = false;
  std::optional<client::ClientError> error;
};

/// Until interrupted, or with once until the feed's answer has ended, or until something is wrong
/// that trying again does not mend. Says on stderr when the connection breaks and is there again,
/// and when a command fails.
MirrorReport run_mirror(const MirrorOptions& options, Output& output);

}  // namespace dcount::cli
