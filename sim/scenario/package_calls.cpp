#include "sim/scenario/package_calls.h"

#include <chrono>
#include <vector>

namespace dcount::sim {
namespace {

std::string by(const std::string& owner) { return Json{{"owner", owner}}.dump(); }

/// What a refusal tells of a package: that it is not there, or somebody else's.
void tell_status(const client::ClientError& error, Completed& completed) {
  if (completed.how != Noted::fail) return;
  if (error.status == 403 || error.status == 404) {
    completed.value = Json{{"status", error.status}}.dump();
  }
}

client::Result<std::vector<std::string>> all_of(client::Client& client) {
  std::vector<std::string> ids;
  std::string cursor;
  do {
    auto page = client.list_packages(client::list_limit_max, cursor);
    if (!page) return page.error();
    for (client::PackageInfo& one : page->packages) ids.push_back(std::move(one.pkgid));
    cursor = page->next;
  } while (!cursor.empty());
  return ids;
}

}  // namespace

std::int64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::optional<std::string> note_upload(Worker& worker, const std::string& owner,
                                       const ArchiveFile& file) {
  const std::string key = worker.fresh_id();
  const Json value{
      {"owner", owner}, {"digest", file.sha256}, {"bytes", file.bytes}, {"expire", file.expire_s}};
  const auto added = worker.note(
      {.function = "add_package", .key = key, .value = value.dump(), .id = key},
      [&] {
        return worker.client().add_package(file.path,
                                           {.sha256 = file.sha256, .idempotency_key = key});
      },
      [](const client::AddedPackage& added) {
        return Completed{.value =
                             Json{{"pkgid", added.pkgid}, {"replicas", added.replicas}}.dump()};
      });
  if (!added) return std::nullopt;
  return added->pkgid;
}

GotOrNot note_get(Worker& worker, const std::string& owner, const std::string& pkgid) {
  GotOrNot how;
  const auto got = worker.note(
      {.function = "get_package", .key = pkgid, .value = by(owner)},
      [&] { return worker.client().get_package(pkgid, [](std::string_view) { return true; }); },
      [](const client::GotPackage& got) {
        return Completed{.value = Json{{"digest", got.sha256}}.dump()};
      },
      [&](const client::ClientError& error, Completed& completed) {
        tell_status(error, completed);
        how.status = error.status;
        how.error = completed.error;
      });
  how.got = got.has_value();
  return how;
}

bool note_list(Worker& worker, const std::string& owner) {
  return worker
      .note(
          {.function = "list_packages", .key = {}, .value = by(owner)},
          [&] { return all_of(worker.client()); },
          [](const std::vector<std::string>& ids) { return Completed{.value = Json(ids).dump()}; },
          tell_status)
      .has_value();
}

void note_remove(Worker& worker, const std::string& owner, const std::string& pkgid) {
  const std::string key = worker.fresh_id();
  worker.note(
      {.function = "remove_package", .key = pkgid, .value = by(owner), .id = key},
      [&] { return worker.client().remove_package(pkgid, key); },
      [](bool removed) { return Completed{.value = removed ? R"({"del":1})" : R"({"del":0})"}; },
      tell_status);
}

}  // namespace dcount::sim
