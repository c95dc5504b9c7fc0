#include "cli/mirror_rows.h"

#include <algorithm>
#include <array>

namespace dcount::cli {
namespace {

// In the order of the table.
constexpr std::array<const char*, 4> own_columns{"id", "updated_at", "deleted_at", "record"};
constexpr std::size_t without_column_max = 10'000;  ///< names remembered

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

client::Result<bool> MirrorRows::exist(const Database& database, const std::string& table) {
  auto found = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE");
  if (!found) return found.error();
  found->bind_text(1, table);
  return found->step();
}

client::Result<MirrorRows> MirrorRows::open(const Database& database, const std::string& table,
                                            const std::string& order_by, bool prune) {
  MirrorRows rows;
  rows.database_ = &database;
  rows.table_ = table;
  rows.order_by_ = order_by;
  rows.prune_ = prune;
  // Without types: SQLite then keeps numbers as numbers and texts as texts.
  auto created = database.run("CREATE TABLE IF NOT EXISTS " + sql_name(table) +
                              " (id PRIMARY KEY NOT NULL, updated_at, deleted_at, "
                              "record TEXT NOT NULL)");
  if (!created) return created.error();
  if (auto loaded = rows.load(); !loaded) return loaded.error();
  if (auto added = rows.add_column(order_by); !added) return added.error();
  if (order_by == "record" || !rows.places_.contains(order_by)) {
    return client::ClientError{.kind = client::ErrorKind::bad_request,
                               .detail = "no feed can be ordered by '" + order_by + "'"};
  }
  if (prune) {
    auto pruned = database.run("DELETE FROM " + sql_name(table) + " WHERE deleted_at IS NOT NULL");
    if (!pruned) return pruned.error();
  }
  return rows;
}

client::Result<void> MirrorRows::load() {
  auto names = database_->prepare("SELECT name FROM pragma_table_info(?) ORDER BY cid");
  if (!names) return names.error();
  names->bind_text(1, table_);
  while (true) {
    auto row = names->step();
    if (!row) return row.error();
    if (!*row) return {};
    std::string name = names->text(0);
    taken_.insert(lower_case(name));
    places_.emplace(name, columns_.size());
    columns_.push_back(std::move(name));
  }
}

/// Unless it is there, or cannot be: too many, or a name that differs only in case.
client::Result<void> MirrorRows::add_column(const std::string& name) {
  if (places_.contains(name) || without_column_.contains(name)) return {};
  bool possible = !name.empty() && name.find('\0') == std::string::npos &&
                  columns_.size() < mirror_columns_max && !taken_.contains(lower_case(name));
  if (!possible) {
    if (without_column_.empty()) left_out_ = name;
    if (without_column_.size() < without_column_max) without_column_.insert(name);
    return {};
  }
  auto added = database_->run("ALTER TABLE " + sql_name(table_) + " ADD COLUMN " + sql_name(name));
  if (!added) return added.error();
  taken_.insert(lower_case(name));
  places_.emplace(name, columns_.size());
  columns_.push_back(name);
  prepared_ = false;
  return {};
}

client::Result<void> MirrorRows::add_columns(const MirrorRecord& record) {
  for (const auto& [name, value] : record.scalars) {
    if (auto added = add_column(name); !added) return added;
  }
  return {};
}

client::Result<void> MirrorRows::add_columns_of(const MirrorRows& other) {
  for (const std::string& name : other.columns_) {
    if (auto added = add_column(name); !added) return added;
  }
  return {};
}

std::optional<std::string> MirrorRows::left_out() { return std::exchange(left_out_, std::nullopt); }

client::Result<void> MirrorRows::prepare() {
  std::string names;
  std::string marks;
  std::string assignments;
  for (const std::string& column : columns_) {
    std::string name = sql_name(column);
    names += (names.empty() ? "" : ", ") + name;
    marks += marks.empty() ? "?" : ", ?";
    if (column != "id") {
      assignments += (assignments.empty() ? "" : ", ") + name + " = excluded." + name;
    }
  }
  std::string table = sql_name(table_);
  auto find = database_->prepare("SELECT record, " + sql_name(order_by_) + " FROM " + table +
                                 " WHERE id = ?");
  if (!find) return find.error();
  auto write = database_->prepare("INSERT INTO " + table + " (" + names + ") VALUES (" + marks +
                                  ") ON CONFLICT (id) DO UPDATE SET " + assignments);
  if (!write) return write.error();
  auto remove = database_->prepare("DELETE FROM " + table + " WHERE id = ?");
  if (!remove) return remove.error();
  find_ = std::move(*find);
  write_ = std::move(*write);
  remove_ = std::move(*remove);
  prepared_ = true;
  return {};
}

client::Result<bool> MirrorRows::put(const MirrorRecord& record, const SqlValue& asked) {
  if (auto added = add_columns(record); !added) return added.error();
  if (!prepared_) {
    if (auto ready = prepare(); !ready) return ready.error();
  }
  auto news = is_news(record, asked);
  if (!news || !*news) return news;
  return prune_ && record.deleted() ? remove(record) : write(record);
}

client::Result<bool> MirrorRows::is_news(const MirrorRecord& record, const SqlValue& asked) {
  find_.bind(1, record.id);
  auto found = find_.step();
  if (!found) return found;
  if (!*found) {
    find_.reset();
    return !prune_ || compare_order(record.order, asked) >= 0;
  }
  int age = compare_order(record.order, find_.value(1));
  bool same = age == 0 && find_.text(0) == record.json;
  find_.reset();
  return age >= 0 && !same;
}

client::Result<bool> MirrorRows::write(const MirrorRecord& record) {
  auto bind = [this](const char* column, const SqlValue& value) {
    write_.bind(static_cast<int>(places_.at(column)) + 1, value);
  };
  bind("id", record.id);
  bind("updated_at", record.updated_at);
  bind("deleted_at", record.deleted_at);
  write_.bind_text(static_cast<int>(places_.at("record")) + 1, record.json);
  for (const auto& [name, value] : record.scalars) {
    auto place = places_.find(name);
    bool own = std::find(own_columns.begin(), own_columns.end(), name) != own_columns.end();
    if (place != places_.end() && !own) write_.bind(static_cast<int>(place->second) + 1, value);
  }
  auto written = write_.run();
  if (!written) return written.error();
  return true;
}

/// True: there was one.
client::Result<bool> MirrorRows::remove(const MirrorRecord& record) {
  remove_.bind(1, record.id);
  auto removed = remove_.run();
  if (!removed) return removed.error();
  return database_->changes() > 0;
}

}  // namespace dcount::cli
