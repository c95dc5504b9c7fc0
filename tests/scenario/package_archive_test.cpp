// Archives that the workload of packages uploads, and what is found on disks.
#include "sim/scenario/package_archive.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "sim/scenario/package_board.h"
#include "sim/scenario/package_files.h"
#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

TEST(PackageArchive, IsAnXzOfAboutItsSizeAndLikeNoOther) {
  Random random(7);
  std::set<std::string> digests;
  for (const std::int64_t size : {300, 300, 1000, 20'000, 1'000'000}) {
    const MadeArchive made = make_archive(random, size, 0);
    EXPECT_EQ(made.bytes.substr(0, 6), std::string("\xFD\x37zXZ\0", 6));
    EXPECT_LE(std::abs(static_cast<std::int64_t>(made.bytes.size()) - size), 200 + size / 100);
    EXPECT_TRUE(digests.insert(made.sha256).second);
    EXPECT_EQ(made.sha256.size(), 64u);
  }
}

TEST(PackageFiles, AreFoundByTheirNames) {
  const store::TemporaryDirectory place;
  const std::string pkgid = "0f6c1f2e-1111-4222-8333-444455556666";
  const std::string empty_sha256 =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_TRUE(blobs_on_disk(place.path()).empty()) << "a server that has never started";
  std::filesystem::create_directories(place.path() / "packages/0f");
  std::filesystem::create_directories(place.path() / "packages/tmp");
  std::filesystem::create_directories(place.path() / "spool");
  std::ofstream(place.path() / "packages/0f" / (pkgid + "." + empty_sha256)).flush();
  std::ofstream(place.path() / "packages/0f/readme") << "not one";
  std::ofstream(place.path() / "packages/tmp/3") << "half";
  const auto blobs = blobs_on_disk(place.path());
  ASSERT_EQ(blobs.size(), 1u);
  EXPECT_EQ(blobs[0].pkgid, pkgid);
  EXPECT_EQ(blobs[0].sha256, empty_sha256);
  EXPECT_EQ(digest_on_disk(blobs[0]), empty_sha256);
  ASSERT_EQ(temporary_files(place.path()).size(), 1u);
  EXPECT_EQ(temporary_files(place.path())[0].name, "tmp/3");
  EXPECT_EQ(temporary_files(place.path())[0].bytes, 4u);
  EXPECT_TRUE(spooled_files(place.path()).empty());
}

TEST(PackageBoard, TellsOwnersAndStrangersApart) {
  PackageBoard board;
  Random random(7);
  EXPECT_FALSE(board.any(0, false, random));
  board.add({"a", 0, "", 0, false});
  board.add({"b", 1, "", 100, false});
  EXPECT_EQ(board.any(0, false, random)->pkgid, "a");
  EXPECT_EQ(board.any(0, true, random)->pkgid, "b");
  board.note_missed("b", "late", 99);
  EXPECT_TRUE(board.missed().empty()) << "it may have expired";
  board.note_missed("b", "gone", 50);
  EXPECT_EQ(board.missed().size(), 1u);
  board.note_removal("a");
  EXPECT_FALSE(board.any(0, false, random));
  board.note_missed("a", "gone", 50);
  EXPECT_EQ(board.missed().size(), 1u) << "it may be removed";
}

}  // namespace
}  // namespace dcount::sim
