// What other programs see of a mirror: a connection of its own, that only reads.
//
// Thread-safety: one thread.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <string>
#include <vector>

namespace dcount::test {

/// An empty directory, removed at the end.
class MirrorDirectory {
 public:
  MirrorDirectory();
  ~MirrorDirectory();
  MirrorDirectory(const MirrorDirectory&) = delete;
  MirrorDirectory& operator=(const MirrorDirectory&) = delete;

  std::string file() const { return (path_ / "m.sqlite").string(); }

 private:
  std::filesystem::path path_;
};

/// The rows of a query, the columns separated by '|' as the shell of SQLite shows them, null as
/// "-". Throws std::runtime_error when the query fails, "no such table" say.
std::vector<std::string> query(const std::string& file, const std::string& sql);

/// The first value of the first row, "" when there is none, or no such file or table yet.
std::string query_value(const std::string& file, const std::string& sql);

/// Any statements, read or write.
void execute(const std::string& file, const std::string& sql);

}  // namespace dcount::test
