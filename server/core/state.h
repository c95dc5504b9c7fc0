// Everything committed, in memory, as one engine knows it: what decisions are made against.
//
// Thread-safety: none; it belongs to the engine's thread alone.
#pragma once

#include <array>
#include <boost/unordered/unordered_map.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/command.h"
#include "server/core/due_index.h"
#include "server/core/entry.h"
#include "server/core/item_set.h"
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
  /// Deleted counters and sequences, forgotten nodes and closed reservations are remembered for
  /// `tombstone_ms` (feeds resume from within it).
  explicit State(std::int64_t tombstone_ms = std::int64_t{7} * 24 * 3600 * 1000);

  /// Takes one committed entry, unless what is known is as new. The same entries in any order
  /// leave the same state, as long as none of them erases.
  void apply(const Entry& entry);
  void apply(std::string_view key, const std::optional<std::string>& value, Revision revision);

  /// Between begin_load and end_load entries may come in any order of revisions, cheaply.
  void begin_load() { loading_ = true; }
  void end_load(Revision revision);

  /// Every change up to `revision` has been applied.
  void advance(Revision revision) {
    if (revision > revision_) revision_ = revision;
  }

  /// Of chunks of items only the newest has its value here, and that only while it is small.
  Found get(std::string_view key) const;

  /// Up to here nothing is missing, whatever newer may be known of some keys. What clients see has
  /// revision_base added.
  Revision revision() const { return revision_; }
  Revision revision_base() const { return revision_base_; }

  /// Tombstones that were no newer than this may be gone: who knows records only up to here cannot
  /// learn of all deletions any more. As revision(): the store's, not what clients see.
  Revision forgotten() const { return forgotten_; }

  /// A restore was begun and has not ended: what is here is not all.
  bool restoring() const { return other_.find(restoring_key) != nullptr; }

  const Table& counters() const { return counters_; }
  const Table& sequences() const { return sequences_; }  ///< heads
  const Table& reservations() const { return reservations_; }
  const Table& free_numbers() const { return free_numbers_; }
  const Table& tenants() const { return tenants_; }  ///< heads of their items
  const Table& idempotency() const { return idempotency_; }
  const Table& packages() const { return packages_; }
  const Table& keys() const { return keys_; }    ///< API keys
  const Table& usage() const { return usage_; }  ///< of their quotas
  const Table& nodes() const { return nodes_; }  ///< node/, which is not users'
  const Table& alive() const { return alive_; }  ///< alive/: the nodes that have their lease
  const Table& other() const { return other_; }  ///< meta/, purge/ and wanted/

  /// All that hold records of users'. Items are not in tables.
  std::array<const Table*, 9> record_tables() const {
    return {&counters_, &sequences_,   &reservations_, &free_numbers_, &tenants_,
            &packages_, &idempotency_, &keys_,         &usage_};
  }

  /// A tenant's items, by what stands for the tenant in keys (tenant_part). Null: none.
  const ItemSet* items(std::string_view tenant_part) const;

  /// Calls visit(tenant_part, const ItemSet&) until it returns false.
  template <class Visit>
  void scan_items(Visit visit) const {
    for (const auto& [tenant_part, set] : items_) {
      if (!visit(std::string_view(tenant_part), set)) return;
    }
  }
  std::size_t item_count() const { return item_count_; }  ///< of all tenants

  /// Nothing to lose (nodes, and what a restore itself has left in meta/, aside): a restore may
  /// begin.
  bool empty() const;

  /// Keys of counters, packages and tombstones whose time has come, the longest due first.
  std::vector<std::string> due_keys(Now now, std::size_t limit) const {
    return due_.due(now, limit);
  }

  /// Calls visit(key) for a sequence's open reservations that have expired, the longest expired
  /// first, until it returns false.
  template <class Visit>
  void scan_expired(std::string_view sequence, Now now, Visit visit) const {
    const auto at = open_.find(sequence);
    if (at != open_.end()) at->second.scan_due(now, visit);
  }
  /// Keys of those of all sequences, the longest expired first.
  std::vector<std::string> expired_reservations(Now now, std::size_t limit) const {
    return open_of_all_.due(now, limit);
  }

  std::size_t open_reservations() const { return open_of_all_.size(); }

  /// When closed reservations may be forgotten, and which have been closed the longest.
  const DueIndex& closed_reservations() const { return closed_; }

  std::int64_t tombstone_ms() const { return tombstone_ms_; }

 private:
  Table* table_of(std::string_view key);
  const Table* table_of(std::string_view key) const;
  void apply_item_chunk(std::string_view key, const std::optional<std::string>& value,
                        Revision revision);
  void track_due(std::string_view key, std::string_view before, std::string_view after);
  void track_open(std::string_view key, std::string_view before, std::string_view after);

  std::int64_t tombstone_ms_;
  bool loading_ = false;
  Revision revision_ = 0;
  Revision revision_base_ = 0;
  Revision forgotten_ = 0;
  Table counters_{Table::Order::by_key};
  Table sequences_{Table::Order::by_key};
  Table reservations_{Table::Order::none};
  Table free_numbers_{Table::Order::by_key};
  Table tenants_{Table::Order::by_key};
  Table idempotency_{Table::Order::none};
  Table packages_{Table::Order::by_key};
  Table keys_{Table::Order::by_key};
  Table usage_{Table::Order::none};
  Table nodes_{Table::Order::by_key};
  Table alive_{Table::Order::by_key};
  Table other_{Table::Order::by_key};
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
  };
  boost::unordered_map<std::string, ItemSet, Hash, std::equal_to<>> items_;  ///< by tenant_part
  std::size_t item_count_ = 0;
  DueIndex due_;
  std::map<std::string, DueIndex, std::less<>> open_;  ///< by sequence: when reservations expire
  DueIndex open_of_all_;
  DueIndex closed_;  ///< reservations
};

}  // namespace dcount::core
