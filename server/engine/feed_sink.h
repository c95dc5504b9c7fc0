// Where committed changes go: out, as one ordered feed, to whoever shows them to clients.
#pragma once

#include <cstdint>
#include <vector>

#include "server/core/entry.h"

namespace dcount::engine {

/// What one batch has changed, of this server or of another.
struct Committed {
  Revision revision = 0;   ///< the store's; the state is complete up to here
  Revision base = 0;       ///< what is added to revisions that clients see
  std::int64_t at_ms = 0;  ///< when this server learned of it, Unix time
  std::vector<Entry> entries;
};

/// Thread-safety: called on the engine's thread, and must not block.
class FeedSink {
 public:
  virtual ~FeedSink() = default;

  /// The state has come to `revision` by now, whether changes are wanted or not.
  virtual void on_revision(Revision revision, std::int64_t at_ms) = 0;

  /// Every batch, in the order of revisions, each once, after the state has it. Durable ones only.
  virtual void on_committed(Committed&& committed) = 0;

  /// The state has been loaded, at the start or because changes were lost: it is complete up to
  /// `revision`. What has changed since what was told last, the state's order of revisions says.
  virtual void on_loaded(Revision revision, Revision base) = 0;
};

}  // namespace dcount::engine
