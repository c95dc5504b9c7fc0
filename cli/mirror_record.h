// A record of a lockstep feed, taken apart as far as a table has columns for it.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/mirror_value.h"
#include "client/error.h"

namespace dcount::cli {

struct MirrorRecord {
  SqlValue id;  ///< an integer or a text
  SqlValue order;
  SqlValue updated_at;
  SqlValue deleted_at;  ///< null: it is there
  /// The other members whose values are scalars, the order field among them, as they stand.
  std::vector<std::pair<std::string, SqlValue>> scalars;
  std::string json;  ///< the record as it was sent

  bool deleted() const { return !is_null(deleted_at); }
};

/// Booleans become 0 and 1; an integer that does not fit 64 bits stays a text, digit by digit. Of a
/// member that is there twice the last one counts. Error: protocol, when it is no JSON or lacks an
/// id or the order field.
client::Result<MirrorRecord> parse_record(std::string json, std::string_view order_by);

}  // namespace dcount::cli
