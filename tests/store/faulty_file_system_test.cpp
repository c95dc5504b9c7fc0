// Who tests the tester: that the file system really loses what it says it loses.
#include "sim/faulty/faulty_file_system.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/store/temporary_directory.h"

namespace dcount::store {
namespace {

using faulty::FaultyFileSystem;

using Tail = FaultyFileSystem::Tail;

class FaultyFileSystemTest : public testing::Test {
 protected:
  std::string path(const std::string& name) { return (directory.path() / name).string(); }

  std::unique_ptr<rocksdb::FSWritableFile> make(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(files.NewWritableFile(path(name), {}, &file, nullptr).ok());
    return file;
  }
  void sync_directory() {
    std::unique_ptr<rocksdb::FSDirectory> handle;
    ASSERT_TRUE(files.NewDirectory(directory.path().string(), {}, &handle, nullptr).ok());
    ASSERT_TRUE(handle->Fsync({}, nullptr).ok());
  }
  void write(const std::string& name, const std::string& synced, const std::string& unsynced) {
    const auto file = make(name);
    ASSERT_TRUE(file->Append(synced, {}, nullptr).ok());
    ASSERT_TRUE(file->Sync({}, nullptr).ok());
    ASSERT_TRUE(file->Append(unsynced, {}, nullptr).ok());
    ASSERT_TRUE(file->Close({}, nullptr).ok());
  }
  /// What the file holds; "absent" when there is none.
  std::string content(const std::string& name) {
    std::string text;
    return rocksdb::ReadFileToString(&files, path(name), &text).ok() ? text : "absent";
  }

  const TemporaryDirectory directory;
  FaultyFileSystem files;
};

TEST_F(FaultyFileSystemTest, UnsyncedBytesAreReadableBeforeACrash) {
  write("f", "one", "two");
  EXPECT_EQ(content("f"), "onetwo");
}

TEST_F(FaultyFileSystemTest, UnsyncedBytesAreDropped) {
  write("f", "one", "two");
  sync_directory();
  files.crash(Tail::dropped);
  EXPECT_EQ(content("f"), "one");
}

TEST_F(FaultyFileSystemTest, AFileIsTornAtAnyByte) {
  std::set<std::string> seen;
  for (unsigned seed = 0; seed < 200; ++seed) {
    write("f", "one", "two");
    sync_directory();
    files.crash(Tail::torn, seed);
    seen.insert(content("f"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"one", "onet", "onetw", "onetwo"}));
}

TEST_F(FaultyFileSystemTest, AFileWhoseDirectoryIsNotSyncedIsGone) {
  write("f", "one", "");
  files.crash(Tail::dropped);
  EXPECT_EQ(content("f"), "absent");
}

TEST_F(FaultyFileSystemTest, ARenameWhoseDirectoryIsNotSyncedIsUndone) {
  write("old", "old", "");
  write("new", "new", "");
  sync_directory();
  ASSERT_TRUE(files.RenameFile(path("new"), path("old"), {}, nullptr).ok());
  EXPECT_EQ(content("old"), "new");
  files.crash(Tail::dropped);
  EXPECT_EQ(content("old"), "old");
  EXPECT_EQ(content("new"), "new");
}

TEST_F(FaultyFileSystemTest, ASyncedRenameStays) {
  write("new", "new", "");
  ASSERT_TRUE(files.RenameFile(path("new"), path("old"), {}, nullptr).ok());
  sync_directory();
  files.crash(Tail::dropped);
  EXPECT_EQ(content("old"), "new");
  EXPECT_EQ(content("new"), "absent");
}

TEST_F(FaultyFileSystemTest, NothingHasAnEffectWhenThePowerIsOff) {
  const auto file = make("f");
  sync_directory();
  files.cut_power_after(1);
  EXPECT_TRUE(file->Append("one", {}, nullptr).ok());
  EXPECT_FALSE(file->Sync({}, nullptr).ok());
  EXPECT_FALSE(file->Append("two", {}, nullptr).ok());
  EXPECT_EQ(content("f"), "one");
}

TEST_F(FaultyFileSystemTest, AFailedSyncIsNeverMadeGood) {
  const auto file = make("f");
  sync_directory();
  ASSERT_TRUE(file->Append("one", {}, nullptr).ok());
  files.fail_syncs(true);
  EXPECT_FALSE(file->Sync({}, nullptr).ok());
  files.fail_syncs(false);
  EXPECT_TRUE(file->Sync({}, nullptr).ok());
  ASSERT_TRUE(file->Close({}, nullptr).ok());
  files.crash(Tail::dropped);
  EXPECT_EQ(content("f"), "");
}

}  // namespace
}  // namespace dcount::store
