// Everything a store holds as JSON lines, in a file:
//
//   {"dcount":"dump","format":1,"at":<Unix ms>}
//   {"key":"counter/views/home","value":"1 n=8 v=9","revision":12}     … in the order of keys
//   {"end":true,"records":1,"revision":15}
//
// The last line makes a dump that was cut off recognisable. Idempotency records are in it too: a
// retry that comes after a restore is still recognised.
//
// Thread-safety: functions on files of the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/core/entry.h"
#include "server/engine/engine.h"
#include "server/store/result.h"

namespace dcount::api {

struct DumpSummary {
  std::size_t records = 0;
  Revision revision = 0;
};

/// Writes a dump of the engine's store. Errors: the file, the store.
[[nodiscard]] Result<DumpSummary> write_dump(engine::Engine& engine, const std::string& path,
                                             std::int64_t now_ms);

/// A dump that was read once and found whole.
struct CheckedDump {
  DumpSummary summary;
  /// Where each record's line begins, in the order of revisions: restored in this order, feeds
  /// tell of them in the order of their last changes.
  std::vector<std::pair<Revision, std::uint64_t>> lines;
};

/// Reads all of it: every line must be what write_dump writes, every value what this version can
/// read, what heads count must be there, and the end too. Errors name the line or the key.
[[nodiscard]] Result<CheckedDump> check_dump(const std::string& path);

/// Hands the checked records over in order until `take` returns false: `records_max` at a time, or
/// fewer once they have `bytes_max`.
[[nodiscard]] Result<void> read_dump(const std::string& path, const CheckedDump& dump,
                                     std::size_t records_max, std::size_t bytes_max,
                                     const std::function<bool(std::vector<Write>)>& take);

}  // namespace dcount::api
