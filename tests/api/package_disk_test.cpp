// Packages and what becomes of the disk below them: expiry, damage, restarts, a disk that is full,
// a dump that is restored.
#include <cerrno>
#include <nlohmann/json.hpp>

#include "server/packages/blob_files.h"
#include "tests/api/serving_packages.h"

namespace dcount::api {
namespace {

using test::made_package;
using test::sha256_of;

struct PackageDisk : ServingPackages {
  std::string expiring_in(std::int64_t seconds) const {
    const auto at = clock_.now().unix_ms / 1000 + seconds;
    return made_package(100, 1, R"({"expire":)" + std::to_string(at) + "}");
  }
  void spoil(const Path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    const int byte = file.get();
    file.seekp(100);
    file.put(static_cast<char>(byte ^ 1));
  }
};

TEST_F(PackageDisk, WhatHasExpiredIsGoneAndSoAreItsBytes) {
  restart_with_short_periods();
  const std::string brief = uploaded(expiring_in(100));
  const std::string longer = uploaded(expiring_in(100'000));
  EXPECT_EQ(upload(expiring_in(-1), alice_).status, 400);
  EXPECT_EQ(fetch(brief).status, 200);
  EXPECT_EQ(listed(alice_).size(), 2u);
  clock_.jump(101'000);
  EXPECT_EQ(fetch(brief).status, 404) << "at once";
  EXPECT_EQ(ask("GET", "/api/packages/" + brief, alice_).status, 404);
  EXPECT_TRUE(eventually([&] { return blobs().size() == 1; }));
  EXPECT_TRUE(eventually([&] { return usage(alice_)["packages"] == 1; }));
  EXPECT_EQ(listed(alice_).size(), 1u);
  EXPECT_EQ(fetch(longer).status, 200);
}

TEST_F(PackageDisk, ABlobThatIsGoneIsMissedAtTheFirstDownload) {
  const std::string pkgid = uploaded(archive_);
  ASSERT_EQ(repair()["missing"], 0);
  std::filesystem::remove(blob_of(pkgid));
  const auto answer = fetch(pkgid);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(body_of(answer)["code"], "package_unreachable") << answer.body;
  EXPECT_TRUE(eventually([&] { return listed(alice_)[0]["replicas"] == 0; }));
  EXPECT_EQ(ask("GET", "/api/packages/" + pkgid, alice_).status, 200) << "what it was is known";
}

TEST_F(PackageDisk, TheRepairSaysWhatIsMissingCutShortOrSpoilt) {
  const std::string gone = uploaded(made_package(1000, 1));
  const std::string cut = uploaded(made_package(1000, 2));
  const std::string spoilt = uploaded(made_package(1000, 3));
  const std::string good = uploaded(made_package(1000, 4));
  ASSERT_EQ(repair()["checked"], 4);
  std::filesystem::remove(blob_of(gone));
  std::filesystem::resize_file(blob_of(cut), 500);
  spoil(blob_of(spoilt));
  const Json report = repair();
  EXPECT_EQ(report["checked"], 4) << report;
  EXPECT_EQ(report["missing"], 3) << report;
  EXPECT_EQ(report["corrupt"], 2) << report;
  EXPECT_EQ(report["failed"], 0) << report;
  for (const std::string& pkgid : {gone, cut, spoilt}) EXPECT_EQ(fetch(pkgid).status, 503);
  EXPECT_TRUE(fetch(good).body == made_package(1000, 4));
  const Json again = repair();
  EXPECT_EQ(again["missing"], 0) << again;
  EXPECT_EQ(again["corrupt"], 0) << again;
  expect_blobs(1);
}

TEST_F(PackageDisk, AFileThatComesBackIsTakenInAgain) {
  const std::string pkgid = uploaded(archive_);
  const Path path = blob_of(pkgid);
  ASSERT_EQ(repair()["missing"], 0);  // the first pass after the start is over
  std::filesystem::rename(path, directory_ + "/aside");
  EXPECT_EQ(repair()["missing"], 1);
  EXPECT_EQ(fetch(pkgid).status, 503);
  std::filesystem::rename(directory_ + "/aside", path);
  start();  // the index is read
  EXPECT_TRUE(eventually([&] { return listed(alice_)[0]["replicas"] == 1; }));
  EXPECT_TRUE(fetch(pkgid).body == archive_);
}

TEST_F(PackageDisk, ACutFileIsNeverServed) {
  const std::string pkgid = uploaded(archive_);
  std::filesystem::resize_file(blob_of(pkgid), 500);
  EXPECT_EQ(fetch(pkgid).status, 503);
  EXPECT_TRUE(eventually([&] { return blobs().empty(); }));
}

TEST_F(PackageDisk, ARestartKeepsAllAndEmptiesWhatIsTemporary) {
  std::map<std::string, std::string> made;
  for (unsigned i = 0; i < 5; ++i) {
    const std::string archive = made_package(1000 + i, i);
    made[uploaded(archive)] = archive;
  }
  server_.reset();
  const Path data = settings_.data_directory;
  std::ofstream(data / "packages/tmp/7") << "half";
  std::ofstream(data / "spool/dcount-spool-x") << "half";
  start();
  expect_blobs(5);
  for (const auto& [pkgid, archive] : made) EXPECT_TRUE(fetch(pkgid).body == archive);
  EXPECT_EQ(listed(alice_).size(), 5u);
  EXPECT_EQ(usage(alice_)["packages"], 5);
  const Json report = repair();
  EXPECT_EQ(report["checked"], 5) << report;
  EXPECT_EQ(report["missing"], 0) << report;
}

/// A disk that has no room for one kind of operation.
class FullDisk final : public packages::DiskFiles {
 public:
  enum class At { nowhere, room, create, append, sync, rename, directory };

  packages::DiskResult<std::unique_ptr<packages::NewFile>> create(const Path& path) override {
    if (at == At::create) return full("create", path);
    auto file = DiskFiles::create(path);
    if (!file) return file.error();
    return std::unique_ptr<packages::NewFile>(std::make_unique<File>(*this, *std::move(file)));
  }
  packages::DiskResult<void> rename(const Path& from, const Path& to) override {
    if (at == At::rename) return full("rename", to);
    return DiskFiles::rename(from, to);
  }
  packages::DiskResult<void> sync_directory(const Path& path) override {
    if (at == At::directory) return full("sync directory", path);
    return DiskFiles::sync_directory(path);
  }
  packages::DiskResult<std::uint64_t> free_bytes(const Path& path) override {
    if (at == At::room) return std::uint64_t{0};
    return DiskFiles::free_bytes(path);
  }

  std::atomic<At> at = At::nowhere;

 private:
  static packages::DiskError full(std::string_view what, const Path& path) {
    return packages::disk_error(ENOSPC, what, path);
  }
  class File final : public packages::NewFile {
   public:
    File(FullDisk& disk, std::unique_ptr<packages::NewFile> file)
        : disk_(disk), file_(std::move(file)) {}
    packages::DiskResult<void> append(std::string_view bytes) override {
      if (disk_.at != At::append) return file_->append(bytes);
      static_cast<void>(file_->append(bytes.substr(0, bytes.size() / 2)).has_value());
      return full("append", "");
    }
    packages::DiskResult<void> sync() override {
      if (disk_.at == At::sync) return full("sync", "");
      return file_->sync();
    }

   private:
    FullDisk& disk_;
    std::unique_ptr<packages::NewFile> file_;
  };
};

TEST_F(PackageDisk, AFullDiskRefusesLeavesNothingAndWorksAgain) {
  using At = FullDisk::At;
  FullDisk disk;
  edges_.blob_files = &disk;
  start();
  const std::string once = "Idempotency-Key: once\r\n";
  for (const At at : {At::room, At::create, At::append, At::sync, At::rename, At::directory}) {
    disk.at = at;
    const auto answer = upload(archive_, alice_, once);
    EXPECT_EQ(answer.status, 507) << static_cast<int>(at) << ' ' << answer.body;
    EXPECT_EQ(body_of(answer)["code"], "storage_full");
    expect_blobs(0);
    EXPECT_EQ(usage(alice_)["packages"], 0);
  }
  disk.at = At::nowhere;
  const std::string pkgid = uploaded(archive_, once);
  EXPECT_TRUE(fetch(pkgid).body == archive_);
  disk.at = At::append;
  EXPECT_TRUE(fetch(pkgid).body == archive_) << "what is there can be read";
  server_.reset();
}

TEST_F(PackageDisk, ARestoredDumpKnowsThePackagesAgain) {
  const std::string kept = uploaded(archive_);
  const std::string text = get("/api/dump").body;
  const std::string later = uploaded(made_package(10, 2));
  const auto restored =
      call("POST", "/api/restore?force=true", text, "Content-Type: application/x-ndjson\r\n");
  ASSERT_EQ(restored.status, 200) << restored.body;
  EXPECT_TRUE(fetch(kept).body == archive_);
  EXPECT_EQ(usage(alice_)["packages"], 1);
  EXPECT_EQ(fetch(later).status, 404);
  EXPECT_EQ(repair()["failed"], 0);
  EXPECT_TRUE(fetch(kept).body == archive_);
}

TEST_F(PackageDisk, AStoreThatKnowsNoPackageThrowsNoneAway) {
  const std::string pkgid = uploaded(archive_);
  const std::string text = get("/api/dump").body;
  server_.reset();
  // The store is lost, the blobs are not: older than any upload that could be under way.
  for (const auto& entry : std::filesystem::directory_iterator(settings_.data_directory)) {
    if (entry.path().filename() != "packages") std::filesystem::remove_all(entry.path());
  }
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
  std::filesystem::last_write_time(blob_of(pkgid), old);
  start();
  EXPECT_EQ(repair()["extra"], 0);
  expect_blobs(1);
  const auto restored =
      call("POST", "/api/restore", text, "Content-Type: application/x-ndjson\r\n");
  ASSERT_EQ(restored.status, 200) << restored.body;
  // The key is known again in a moment.
  EXPECT_TRUE(eventually([&] { return fetch(pkgid).status != 401; }));
  EXPECT_TRUE(fetch(pkgid).body == archive_);
}

TEST_F(PackageDisk, WhatNoPackageNamesGoesAfterItsGrace) {
  const std::string pkgid = uploaded(archive_);
  Path stray = blob_of(pkgid);
  const std::string other = std::string(nobodys) + "." + sha256_of("x");
  stray = stray.parent_path().parent_path() / std::string(nobodys).substr(0, 2) / other;
  server_.reset();
  std::filesystem::create_directories(stray.parent_path());
  std::ofstream(stray) << "x";
  start();
  EXPECT_EQ(repair()["extra"], 0);
  EXPECT_EQ(blobs().size(), 2u) << "it may be of an upload that is under way";
  server_.reset();
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(stray, old);
  start();
  EXPECT_TRUE(eventually([&] { return blobs().size() == 1; })) << "the first repair does it";
  EXPECT_TRUE(fetch(pkgid).body == archive_);
}

}  // namespace
}  // namespace dcount::api
