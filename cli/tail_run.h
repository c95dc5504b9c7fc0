// A tail from its first record to its end: what came is shown, and how far it has got is kept.
//
// Thread-safety: the main thread. Ends soon after interrupted() (interruption.h).
#pragma once

#include <optional>
#include <string>

#include "cli/exit_code.h"
#include "cli/tail_feed.h"
#include "cli/tail_view.h"
#include "client/error.h"

namespace dcount::cli {

/// How long the state file may lag behind what was shown.
inline constexpr client::Duration tail_save_time{1'000};

struct TailRunOptions {
  /// A state that the file holds beats `since`.
  TailFeedOptions feed;
  /// Keeps the revision up to which all was shown, for the next tail to go on after it: what is
  /// shown is shown at least once, also when the process is killed. Empty: none.
  std::string state;
};

struct TailOutcome {
  ExitCode code = ExitCode::ok;
  std::optional<client::ClientError> error;  ///< not told yet
};

TailOutcome run_tail(TailRunOptions options, TailView& view);

}  // namespace dcount::cli
