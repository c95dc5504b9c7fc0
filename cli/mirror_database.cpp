#include "cli/mirror_database.h"

#include <cstdlib>

namespace dcount::cli {
namespace {

constexpr int busy_time_ms = 30'000;

client::ClientError failure(sqlite3* database) {
  const char* name = database != nullptr ? sqlite3_db_filename(database, "main") : nullptr;
  std::string why = database != nullptr ? sqlite3_errmsg(database) : "out of memory";
  bool busy = database != nullptr && (sqlite3_errcode(database) & 0xff) == SQLITE_BUSY;
  if (busy) why = "another program has been writing to it all the time";
  return {.kind = client::ErrorKind::local,
          .detail = std::string(name != nullptr ? name : "SQLite") + ": " + why};
}

}  // namespace

void Statement::bind(int parameter, const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(statement_.get(), parameter, *integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    sqlite3_bind_double(statement_.get(), parameter, *real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    bind_text(parameter, *text);
  } else {
    sqlite3_bind_null(statement_.get(), parameter);
  }
}

void Statement::bind_text(int parameter, std::string_view text) {
  // A null pointer would bind null.
  sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

client::Result<bool> Statement::step() {
  int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    return failure(sqlite3_db_handle(statement_.get()));
  }
  return code == SQLITE_ROW;
}

client::Result<void> Statement::run() {
  auto row = step();
  reset();
  if (!row) return row.error();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

SqlValue Statement::value(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement_.get(), column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement_.get(), column);
    case SQLITE_NULL:
      return SqlValue();
    default:
      return text(column);
  }
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes != nullptr ? std::string(reinterpret_cast<const char*>(bytes), size) : "";
}

client::Result<Database> Database::open(const std::string& file) {
  sqlite3* handle = nullptr;
  // ":memory:" and its like are names of files here.
  std::string path = file.starts_with(':') ? "./" + file : file;
  int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database;
  database.database_.reset(handle);
  if (code != SQLITE_OK) {
    auto error = failure(handle);
    error.detail = "cannot open " + file + ": " + (handle ? sqlite3_errmsg(handle) : "no memory");
    return error;
  }
  sqlite3_busy_timeout(handle, busy_time_ms);
  return database;
}

client::Result<Statement> Database::prepare(const std::string& sql) const {
  sqlite3_stmt* handle = nullptr;
  int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &handle,
                                nullptr);
  Statement statement;
  statement.statement_.reset(handle);
  if (code != SQLITE_OK) return failure(database_.get());
  return statement;
}

client::Result<void> Database::run(const std::string& sql) const {
  int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(database_.get());
  return {};
}

client::Result<Transaction> Transaction::begin(const Database& database) {
  // At once for writing: one that begins with reading may not become a writer later.
  auto begun = database.run("BEGIN IMMEDIATE");
  if (!begun) return begun.error();
  Transaction transaction;
  transaction.open_.reset(&database);
  return transaction;
}

Transaction::~Transaction() {
  if (open_) (void)open_->run("ROLLBACK");
}

client::Result<void> Transaction::commit() {
  auto done = open_->run("COMMIT");
  if (done) open_.reset();
  return done;
}

std::string sql_name(std::string_view name) {
  std::string text = "\"";
  for (char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

}  // namespace dcount::cli
