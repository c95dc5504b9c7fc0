// SQLite, as far as a mirror needs it. Errors are `local` and name the file.
//
// Thread-safety: one thread for a database and its statements.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "cli/mirror_value.h"
#include "client/error.h"

namespace dcount::cli {

/// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
 public:
  Statement() = default;

  void bind(int parameter, const SqlValue& value);
  /// Not copied: it must live until the next reset.
  void bind_text(int parameter, std::string_view text);

  /// True: there is a row. False: that was the last one.
  client::Result<bool> step();
  /// step, for what answers no rows, and reset.
  client::Result<void> run();
  /// To the beginning; parameters are null again.
  void reset();

  SqlValue value(int column) const;
  std::string text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  /// Opens the file, or creates it. Waits up to busy_time_ms for other programs' transactions.
  static client::Result<Database> open(const std::string& file);

  client::Result<Statement> prepare(const std::string& sql) const;
  /// Statements without parameters, whose rows do not matter.
  client::Result<void> run(const std::string& sql) const;
  /// How many rows the last statement has changed.
  int changes() const { return sqlite3_changes(database_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> database_;
};

/// What is done while one is held happens at commit, all of it, or else not at all.
class Transaction {
 public:
  static client::Result<Transaction> begin(const Database& database);
  Transaction(Transaction&&) noexcept = default;
  /// Takes everything back, unless it was committed.
  ~Transaction();

  client::Result<void> commit();

 private:
  Transaction() = default;
  struct Nothing {
    void operator()(const Database*) const {}
  };
  std::unique_ptr<const Database, Nothing> open_;
};

/// A name as SQL writes it.
std::string sql_name(std::string_view name);

}  // namespace dcount::cli
