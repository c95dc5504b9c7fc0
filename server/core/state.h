// Everything committed, in memory, as one engine knows it: what decisions are made against.
//
// Thread-safety: none; it belongs to the engine's thread alone.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/command.h"
#include "server/core/entry.h"
#include "server/core/names.h"
#include "server/core/table.h"

namespace dcount::core {

/// A key as a decision sees it. No value: absent, at revision 0.
struct Found {
  std::optional<std::string_view> value;
  Revision revision = 0;
};

class State {
 public:
  /// Deleted counters are remembered for `tombstone_ms` (feeds resume from within it).
  explicit State(std::int64_t tombstone_ms = std::int64_t{7} * 24 * 3600 * 1000);

  /// Takes one committed entry, unless what is known is as new. The same entries in any order
  /// leave the same state.
  void apply(const Entry& entry);
  void apply(std::string_view key, const std::optional<std::string>& value, Revision revision);

  /// Between begin_load and end_load entries may come in any order of revisions, cheaply.
  void begin_load() { loading_ = true; }
  void end_load(Revision revision);

  /// Every change up to `revision` has been applied.
  void advance(Revision revision) {
    if (revision > revision_) revision_ = revision;
  }

  Found get(std::string_view key) const;

  /// Up to here nothing is missing, whatever newer may be known of some keys. What clients see has
  /// revision_base added.
  Revision revision() const { return revision_; }
  Revision revision_base() const { return revision_base_; }

  /// A restore was begun and has not ended: what is here is not all.
  bool restoring() const { return other_.find(restoring_key) != nullptr; }

  const Table& counters() const { return counters_; }
  const Table& idempotency() const { return idempotency_; }
  /// Nothing to lose (what a restore itself has left in meta/ aside): a restore may begin.
  bool empty() const;

  /// Keys of counters and tombstones whose time has come, the longest due first.
  std::vector<std::string> due_counters(Now now, std::size_t limit) const;

  std::int64_t tombstone_ms() const { return tombstone_ms_; }

 private:
  Table* table_of(std::string_view key);
  const Table* table_of(std::string_view key) const;
  void track_due(std::string_view key, const Record* before, std::string_view after);

  std::int64_t tombstone_ms_;
  bool loading_ = false;
  Revision revision_ = 0;
  Revision revision_base_ = 0;
  Table counters_{Table::Order::by_key};
  Table idempotency_{Table::Order::none};
  Table other_{Table::Order::by_key};
  std::set<std::pair<std::int64_t, std::string>> due_;  ///< only of those that will be due
};

}  // namespace dcount::core
