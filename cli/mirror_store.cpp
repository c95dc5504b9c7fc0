#include "cli/mirror_store.h"

#include <strings.h>

namespace dcount::cli {
namespace {

constexpr const char* entries_table = "dcount_mirror";

client::ClientError conflict(std::string detail) {
  return {.kind = client::ErrorKind::conflict, .detail = std::move(detail)};
}

/// "" when a mirror may have that name for a table.
std::string wrong_name(const std::string& table) {
  if (table.empty() || table.find('\0') != std::string::npos) return "a table needs a name";
  bool own =
      ::strncasecmp(table.c_str(), entries_table, std::string_view(entries_table).size()) == 0;
  bool sqlite = ::strncasecmp(table.c_str(), "sqlite_", 7) == 0;
  if (own || sqlite) return "no table of a mirror can be called '" + table + "'";
  return "";
}

}  // namespace

MirrorStore::MirrorStore(MirrorSpec spec, MirrorLock lock, Database database)
    : spec_(std::move(spec)),
      lock_(std::move(lock)),
      database_(std::make_unique<Database>(std::move(database))) {}

client::Result<MirrorStore> MirrorStore::open(const MirrorSpec& spec) {
  if (auto wrong = wrong_name(spec.table); !wrong.empty()) {
    return client::ClientError{.kind = client::ErrorKind::bad_request, .detail = wrong};
  }
  auto lock = MirrorLock::take(spec.file, spec.table);
  if (!lock) return lock.error();
  auto database = Database::open(spec.file);
  if (!database) return database.error();
  MirrorStore store(spec, std::move(*lock), std::move(*database));
  // The legacy way to rename leaves views that name the table as they are.
  auto set = store.database_->run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA legacy_alter_table = ON");
  if (!set) return set.error();
  if (auto opened = store.open_table(); !opened) return opened.error();
  if (store.anew_due_) {
    if (auto begun = store.start_anew(); !begun) return begun.error();
  }
  return store;
}

client::Result<void> MirrorStore::open_table() {
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  auto created = database_->run(std::string("CREATE TABLE IF NOT EXISTS ") + entries_table +
                                " (\"table\" TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, "
                                "url TEXT NOT NULL, order_by TEXT NOT NULL, since, "
                                "anew INTEGER NOT NULL DEFAULT 0)");
  if (!created) return created;
  auto exists = MirrorRows::exist(*database_, spec_.table);
  if (!exists) return exists.error();
  auto known = find_entry(*exists);
  if (!known) return known.error();
  if (!*known && *exists) {
    return conflict("the table '" + spec_.table + "' of " + spec_.file +
                    " is there already and is no mirror's; --table names another one");
  }
  auto rows = MirrorRows::open(*database_, spec_.table, spec_.order_by, spec_.prune);
  if (!rows) return rows.error();
  rows_ = std::move(*rows);
  if (auto saved = save(since_, anew_due_); !saved) return saved;
  return transaction->commit();
}

/// Whether the file knows the table, and where its feed goes on. One that was dropped begins again.
client::Result<bool> MirrorStore::find_entry(bool table_exists) {
  auto entry = database_->prepare(std::string("SELECT url, order_by, since, anew FROM ") +
                                  entries_table + " WHERE \"table\" = ?");
  if (!entry) return entry.error();
  entry->bind_text(1, spec_.table);
  auto found = entry->step();
  if (!found || !*found || !table_exists) return found;
  if (auto same = check_entry(entry->text(0), entry->text(1)); !same) return same.error();
  since_ = entry->value(2);
  anew_due_ = entry->value(3) != SqlValue(std::int64_t{0});
  return true;
}

client::Result<void> MirrorStore::check_entry(const std::string& url,
                                              const std::string& order_by) const {
  std::string table = "the table '" + spec_.table + "' of " + spec_.file;
  if (url != spec_.url) {
    return conflict(table + " mirrors " + url + ", not " + spec_.url +
                    "; --table names another one, and when the same feed has moved, change url in "
                    "the table " +
                    entries_table);
  }
  if (order_by != spec_.order_by) {
    return conflict(table + " is ordered by '" + order_by + "', not '" + spec_.order_by +
                    "'; --table names another one");
  }
  return {};
}

client::Result<void> MirrorStore::save(const SqlValue& since, bool anew) {
  auto entry = database_->prepare(
      std::string("INSERT INTO ") + entries_table +
      " (\"table\", url, order_by, since, anew) VALUES (?, ?, ?, ?, ?) ON CONFLICT (\"table\") DO "
      "UPDATE SET url = excluded.url, order_by = excluded.order_by, since = excluded.since, "
      "anew = excluded.anew");
  if (!entry) return entry.error();
  entry->bind_text(1, spec_.table);
  entry->bind_text(2, spec_.url);
  entry->bind_text(3, spec_.order_by);
  entry->bind(4, since);
  entry->bind(5, std::int64_t{anew});
  return entry->run();
}

client::Result<std::vector<std::size_t>> MirrorStore::apply(
    const std::vector<MirrorRecord>& records, const SqlValue& asked) {
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  MirrorRows& rows = anew_ ? *anew_ : *rows_;
  std::vector<std::size_t> changed;
  SqlValue greatest = since();
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto put = rows.put(records[i], asked);
    if (!put) return put.error();
    if (*put) changed.push_back(i);
    if (compare_order(records[i].order, greatest) > 0) greatest = records[i].order;
  }
  bool on = compare_order(greatest, since()) > 0;
  // The new table's resume point is of no use once the process has ended: it begins again.
  if (on && !anew_) {
    if (auto saved = save(greatest, false); !saved) return saved.error();
  }
  if (auto done = transaction->commit(); !done) return done.error();
  (anew_ ? anew_since_ : since_) = greatest;
  return changed;
}

std::string MirrorStore::anew_table() const {
  return std::string(entries_table) + "_anew_" + spec_.table;
}

client::Result<void> MirrorStore::start_anew() {
  anew_.reset();
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  // Until it is finished: the feed might take the old resume point again later on.
  if (auto saved = save(since_, true); !saved) return saved;
  auto dropped = database_->run("DROP TABLE IF EXISTS " + sql_name(anew_table()));
  if (!dropped) return dropped;
  auto rows = MirrorRows::open(*database_, anew_table(), spec_.order_by, spec_.prune);
  if (!rows) return rows.error();
  if (auto same = rows->add_columns_of(*rows_); !same) return same;
  if (auto done = transaction->commit(); !done) return done;
  anew_ = std::move(*rows);
  anew_since_ = SqlValue();
  return {};
}

/// The statements that made the indexes and triggers of the table.
client::Result<std::vector<std::string>> MirrorStore::belongings() const {
  auto made = database_->prepare(
      "SELECT sql FROM sqlite_master WHERE tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL AND "
      "type IN ('index', 'trigger')");
  if (!made) return made.error();
  made->bind_text(1, spec_.table);
  std::vector<std::string> statements;
  while (true) {
    auto row = made->step();
    if (!row) return row.error();
    if (!*row) return statements;
    statements.push_back(made->text(0));
  }
}

client::Result<void> MirrorStore::swap(const std::vector<std::string>& belongings) {
  std::string old_table = sql_name(spec_.table);
  std::string new_table = sql_name(anew_table());
  auto swapped = database_->run(
      "DROP TABLE IF EXISTS temp.changed; CREATE TEMP TABLE changed AS SELECT new.rowid AS number "
      "FROM main." +
      new_table + " AS new LEFT JOIN main." + old_table +
      " AS old ON old.id = new.id WHERE old.record IS NOT new.record; DROP TABLE main." +
      old_table + "; ALTER TABLE main." + new_table + " RENAME TO " + old_table);
  if (!swapped) return swapped;
  for (const std::string& statement : belongings) {
    if (auto made = database_->run(statement); !made) return made;
  }
  return save(anew_since_, false);
}

client::Result<void> MirrorStore::finish_anew(
    const std::function<void(std::string_view record)>& changed) {
  rows_.reset();  // a statement that lives would hold the table
  anew_.reset();
  {
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return transaction.error();
    auto belongings = this->belongings();
    if (!belongings) return belongings.error();
    if (auto swapped = swap(*belongings); !swapped) return swapped;
    if (auto done = transaction->commit(); !done) return done;
  }
  since_ = anew_since_;
  anew_due_ = false;
  auto rows = MirrorRows::open(*database_, spec_.table, spec_.order_by, spec_.prune);
  if (!rows) return rows.error();
  rows_ = std::move(*rows);
  auto records = database_->prepare("SELECT record FROM " + sql_name(spec_.table) +
                                    " WHERE rowid IN (SELECT number FROM temp.changed) "
                                    "ORDER BY rowid");
  if (!records) return records.error();
  while (true) {
    auto row = records->step();
    if (!row) return row.error();
    if (!*row) return {};
    changed(records->text(0));
  }
}

}  // namespace dcount::cli
