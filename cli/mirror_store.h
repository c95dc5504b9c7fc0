// A mirrored table and where its feed goes on, in one SQLite file: both change in the same
// transactions, so that the table has everything before the resume point, whenever the mirror or
// the machine stops.
//
// The file's journal is a WAL, synchronous=NORMAL: a kill -9 loses nothing that was committed. A
// power cut may take back the last transactions, and with each its part of the resume point, which
// the feed then sends again.
//
// The table `dcount_mirror` holds for each mirrored table its URL (without user and password), the
// order field and the resume point.
//
// Thread-safety: one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/mirror_database.h"
#include "cli/mirror_lock.h"
#include "cli/mirror_rows.h"

namespace dcount::cli {

struct MirrorSpec {
  std::string file;
  std::string table;
  std::string url;
  std::string order_by;
  bool prune = false;
};

class MirrorStore {
 public:
  /// Opens or creates file and table. Error: `conflict` when another mirror is at work on the
  /// table, or it holds another feed or no feed at all; `bad_request` when it cannot have that
  /// name; `local` when SQLite fails.
  static client::Result<MirrorStore> open(const MirrorSpec& spec);

  /// What to ask the feed for: the greatest order seen, null at the beginning. While starting anew,
  /// that of the new table.
  const SqlValue& since() const { return anew_ ? anew_since_ : since_; }

  /// Records in one transaction, with the resume point. Returns those that changed the table, by
  /// their index: not the older ones and the repeated ones. `asked`: since() when the feed was
  /// asked.
  client::Result<std::vector<std::size_t>> apply(const std::vector<MirrorRecord>& records,
                                                 const SqlValue& asked);

  /// The feed cannot go on from since(): from here on records go to a new, empty table, beside the
  /// old one. May be called again, and survives a restart.
  client::Result<void> start_anew();
  bool anew() const { return anew_.has_value(); }
  /// All of the new table's records have come: it takes the old one's place, at once, along with
  /// indexes and triggers. Then each record that the old one did not have is handed out, in the
  /// feed's order.
  client::Result<void> finish_anew(const std::function<void(std::string_view record)>& changed);

  /// A member without a column, once; see MirrorRows.
  std::optional<std::string> left_out() { return (anew_ ? *anew_ : *rows_).left_out(); }

 private:
  explicit MirrorStore(MirrorSpec spec, MirrorLock lock, Database database);
  client::Result<void> open_table();
  client::Result<bool> find_entry(bool table_exists);
  client::Result<void> check_entry(const std::string& url, const std::string& order_by) const;
  client::Result<void> save(const SqlValue& since, bool anew);
  client::Result<std::vector<std::string>> belongings() const;
  client::Result<void> swap(const std::vector<std::string>& belongings);
  std::string anew_table() const;

  MirrorSpec spec_;
  MirrorLock lock_;  ///< outlives the database
  std::unique_ptr<Database> database_;
  std::optional<MirrorRows> rows_;
  SqlValue since_;
  bool anew_due_ = false;  ///< in the file
  std::optional<MirrorRows> anew_;
  SqlValue anew_since_;
};

}  // namespace dcount::cli
