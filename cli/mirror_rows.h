// One SQL table with the records of a feed: `id` (primary key), `updated_at`, `deleted_at`,
// `record` (the JSON as it was sent), and a column for every scalar member that has shown up.
//
// Thread-safety: as its Database, which must outlive it. Whoever calls holds a transaction where
// several rows are to be there together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cli/mirror_database.h"
#include "cli/mirror_record.h"

namespace dcount::cli {

/// In all. What has no column is in the JSON.
inline constexpr std::size_t mirror_columns_max = 200;

class MirrorRows {
 public:
  /// Opens the table, or creates it, with a column for the order field. `prune`: deleted records
  /// have no rows.
  static client::Result<MirrorRows> open(const Database& database, const std::string& table,
                                         const std::string& order_by, bool prune);

  /// Whether there is a table, or anything else, of this name.
  static client::Result<bool> exist(const Database& database, const std::string& table);

  /// Brings the record's row up to date. False: nothing to do, since the row is newer or the same.
  /// `asked`: the order the feed was asked to begin with; with prune, what is older and has no row
  /// was deleted since.
  client::Result<bool> put(const MirrorRecord& record, const SqlValue& asked);

  /// Gives it, with null, all columns of another one.
  client::Result<void> add_columns_of(const MirrorRows& other);
  /// A member that has no column, the first time there is one; for a note.
  std::optional<std::string> left_out();

 private:
  MirrorRows() = default;
  client::Result<void> load();
  client::Result<void> add_column(const std::string& name);
  client::Result<void> add_columns(const MirrorRecord& record);
  client::Result<void> prepare();
  client::Result<bool> is_news(const MirrorRecord& record, const SqlValue& asked);
  client::Result<bool> write(const MirrorRecord& record);
  client::Result<bool> remove(const MirrorRecord& record);

  const Database* database_ = nullptr;
  std::string table_;
  std::string order_by_;
  bool prune_ = false;
  std::vector<std::string> columns_;  ///< in the table's order; the first four are ours
  std::unordered_map<std::string, std::size_t> places_;  ///< in columns_
  std::unordered_set<std::string> taken_;                ///< in lower case: SQLite knows no other
  std::unordered_set<std::string> without_column_;
  std::optional<std::string> left_out_;
  bool prepared_ = false;
  Statement find_;
  Statement write_;
  Statement remove_;
};

}  // namespace dcount::cli
