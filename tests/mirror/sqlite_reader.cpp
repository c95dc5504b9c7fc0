#include "tests/mirror/sqlite_reader.h"

#include <cstdlib>
#include <stdexcept>

namespace dcount::test {
namespace {

struct Connection {
  Connection(const std::string& file, int flags) {
    if (sqlite3_open_v2(file.c_str(), &database, flags, nullptr) != SQLITE_OK) fail();
    sqlite3_busy_timeout(database, 30'000);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sqlite3_close(database); }
  [[noreturn]] void fail() const { throw std::runtime_error(sqlite3_errmsg(database)); }

  sqlite3* database = nullptr;
};

int take_row(void* rows, int count, char** values, char**) {
  std::string row;
  for (int i = 0; i < count; ++i) {
    if (i > 0) row += '|';
    row += values[i] != nullptr ? values[i] : "-";
  }
  static_cast<std::vector<std::string>*>(rows)->push_back(row);
  return 0;
}

}  // namespace

MirrorDirectory::MirrorDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "dcount-mirror-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

MirrorDirectory::~MirrorDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> query(const std::string& file, const std::string& sql) {
  Connection connection(file, SQLITE_OPEN_READWRITE);  // a WAL has to be opened for writing
  std::vector<std::string> rows;
  if (sqlite3_exec(connection.database, sql.c_str(), take_row, &rows, nullptr) != SQLITE_OK) {
    connection.fail();
  }
  return rows;
}

std::string query_value(const std::string& file, const std::string& sql) {
  if (!std::filesystem::exists(file)) return "";
  try {
    auto rows = query(file, sql);
    return rows.empty() ? "" : rows.front();
  } catch (const std::runtime_error&) {
    return "";
  }
}

void execute(const std::string& file, const std::string& sql) { query(file, sql); }

}  // namespace dcount::test
