// What subscribers were sent of a service's changes, and what mirrors had in the end.
//
// Thread-safety: none; what is finished may be read by several threads.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/check/index.h"

namespace dcount::check {

enum class TailFormat : std::uint8_t { sse, ndjson, lockstep, websocket };

/// Whether its revisions never go back over all records, so that it can be resumed.
constexpr bool in_revision_order(TailFormat format) { return format != TailFormat::websocket; }

/// A record's state as it was sent, or a bookmark. There are many.
struct TailEvent {
  static constexpr std::uint32_t no_key = (1U << 31) - 1;

  std::int64_t revision = 0;
  std::int64_t value = none;    ///< none: deleted
  std::int64_t version = none;  ///< of the record, where it is told
  std::int64_t time = none;     ///< ns since the run began
  Index index = 0;
  std::uint32_t key : 31 = no_key;  ///< of History::keys; no_key: a bookmark
  std::uint32_t complete : 1 = 0;   ///< the last of its revision

  bool is_bookmark() const { return key == no_key; }
};
static_assert(sizeof(TailEvent) == 40);

/// Which records: "collection/id", "collection/" for all in it, "id" in any collection.
struct TailSelection {
  bool all = false;
  std::vector<std::string> names;

  bool operator==(const TailSelection&) const = default;
};

/// From an answer's head to the connection's end.
struct TailConnection {
  Index connected = 0;
  std::uint32_t first = 0;      ///< of Tail::events
  std::uint32_t selection = 0;  ///< of History::selections
  std::uint16_t node = 0;       ///< of History::nodes
  TailFormat format = TailFormat::ndjson;
  bool inclusive = false;      ///< what was changed at the cursor's revision comes again
  bool snapshot = false;       ///< current values come first
  std::int64_t cursor = none;  ///< where it asked to resume; none: from now on

  /// Everything that is there comes, perhaps without what was deleted before.
  bool from_the_start() const { return snapshot || cursor == 0; }
};

/// A mirror's table, once it has had its time: a value for each record, none: deleted.
struct MirrorTable {
  Index index = 0;
  std::uint32_t selection = 0;
  std::vector<std::pair<std::uint32_t, std::int64_t>> rows;
};

/// One subscriber, over all its connections.
struct Tail {
  std::string name;
  std::vector<TailConnection> connections;
  std::vector<TailEvent> events;
  Index ended =
      never;  ///< "end": it has had its time, and what it was not sent it will not be sent
  bool connected = false;
  std::uint32_t refused = 0;  ///< 410s
  std::optional<MirrorTable> table;

  std::size_t end_of(std::size_t connection) const {
    return connection + 1 < connections.size() ? connections[connection + 1].first : events.size();
  }
};

}  // namespace dcount::check
