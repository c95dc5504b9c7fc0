#include "sim/scenario/mirror_process.h"

#include <sqlite3.h>

#include <memory>

namespace dcount::sim {
namespace {

constexpr const char* table = "counters";
constexpr const char* query = "SELECT id, updated_at, deleted_at, n FROM counters ORDER BY id";
/// The mirror writes at the same time.
constexpr int busy_ms = 1000;

using Database = std::unique_ptr<sqlite3, decltype(&::sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&::sqlite3_finalize)>;

Error error(const std::string& what) { return Error{Certainty::definite, what}; }

}  // namespace

Result<void> MirrorProcess::launch() {
  if (running()) return {};
  std::error_code failed;
  std::filesystem::path program = settings_.program;
  if (program.empty()) program = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::string url = settings_.server_url + "/lockstep/counters";
  if (!settings_.collection.empty()) url += "/" + settings_.collection;
  auto process =
      Process::start({.program = program.string(),
                      .arguments = {"mirror", url, "--into", file().string(), "--table", table},
                      .log = log()});
  if (!process) return process.error();
  process_ = std::move(*process);
  return {};
}

Result<std::vector<MirrorRow>> MirrorProcess::read_table() const {
  sqlite3* opened = nullptr;
  const int status =
      ::sqlite3_open_v2(file().c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);  // has a WAL
  const Database database(opened, ::sqlite3_close);
  if (status != SQLITE_OK) return error("cannot open " + file().string());
  ::sqlite3_busy_timeout(opened, busy_ms);
  sqlite3_stmt* prepared = nullptr;
  if (::sqlite3_prepare_v2(opened, query, -1, &prepared, nullptr) != SQLITE_OK) {
    return error(::sqlite3_errmsg(opened));
  }
  const Statement statement(prepared, ::sqlite3_finalize);
  std::vector<MirrorRow> rows;
  int step = ::sqlite3_step(prepared);
  for (; step == SQLITE_ROW; step = ::sqlite3_step(prepared)) {
    MirrorRow& row = rows.emplace_back();
    const auto* id = reinterpret_cast<const char*>(::sqlite3_column_text(prepared, 0));
    row.key = (settings_.collection.empty() ? "" : settings_.collection + "/") + (id ? id : "");
    row.revision = ::sqlite3_column_int64(prepared, 1);
    const bool there = ::sqlite3_column_type(prepared, 2) == SQLITE_NULL;
    if (there) row.value = ::sqlite3_column_int64(prepared, 3);
  }
  if (step != SQLITE_DONE) return error(::sqlite3_errmsg(opened));
  return rows;
}

}  // namespace dcount::sim
