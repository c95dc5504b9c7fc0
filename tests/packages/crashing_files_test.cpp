// Who tests the tester: that the disk loses what it says it loses.
#include "tests/packages/crashing_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "tests/store/temporary_directory.h"

namespace dcount::packages {
namespace {

using Strings = std::set<std::string>;

std::string content(const BlobFiles::Path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return "absent";
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(CrashingFiles& files, const BlobFiles::Path& path, const std::string& synced,
           const std::string& unsynced) {
  const auto file = files.create(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append(synced));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE((*file)->append(unsynced));
}

/// All that can be in the file `name` after `prepare` and a crash.
Strings fates(const std::string& name,
              const std::function<void(CrashingFiles&, const BlobFiles::Path& root)>& prepare) {
  Strings seen;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const store::TemporaryDirectory root;
    CrashingFiles files(root.path());
    prepare(files, root.path());
    files.crash(seed);
    seen.insert(content(root.path() / name));
  }
  return seen;
}

TEST(CrashingFiles, TearAFileAtAnyByteThatIsNotSynced) {
  EXPECT_EQ(fates("f",
                  [](CrashingFiles& files, const auto& root) {
                    write(files, root / "f", "one", "two");
                    ASSERT_TRUE(files.sync_directory(root));
                    EXPECT_EQ(content(root / "f"), "onetwo");
                  }),
            (Strings{"one", "onet", "onetw", "onetwo"}));
}

TEST(CrashingFiles, UndoARenameThatIsNotSynced) {
  const auto rename = [](CrashingFiles& files, const BlobFiles::Path& root) {
    write(files, root / "old", "old", "");
    write(files, root / "new", "new", "");
    ASSERT_TRUE(files.sync_directory(root));
    ASSERT_TRUE(files.rename(root / "new", root / "old"));
  };
  EXPECT_EQ(fates("old", rename), (Strings{"old", "new"}));
  EXPECT_EQ(fates("new", rename), (Strings{"absent", "new"}));
  const auto synced = [&](CrashingFiles& files, const BlobFiles::Path& root) {
    rename(files, root);
    ASSERT_TRUE(files.sync_directory(root));
  };
  EXPECT_EQ(fates("old", synced), Strings{"new"});
  EXPECT_EQ(fates("new", synced), Strings{"absent"});
}

TEST(CrashingFiles, UndoAnUnlinkThatIsNotSynced) {
  EXPECT_EQ(fates("f",
                  [](CrashingFiles& files, const auto& root) {
                    write(files, root / "f", "one", "");
                    ASSERT_TRUE(files.sync_directory(root));
                    ASSERT_TRUE(files.unlink(root / "f"));
                  }),
            (Strings{"absent", "one"}));
}

TEST(CrashingFiles, LoseWhatIsInADirectoryWhoseNameIsNotSynced) {
  EXPECT_EQ(fates("d/f",
                  [](CrashingFiles& files, const auto& root) {
                    ASSERT_TRUE(files.make_directory(root / "d"));
                    write(files, root / "d" / "f", "one", "");
                    ASSERT_TRUE(files.sync_directory(root / "d"));
                  }),
            (Strings{"absent", "one"}));
}

TEST(CrashingFiles, DoNotMakeAFailedSyncGood) {
  EXPECT_EQ(fates("f",
                  [](CrashingFiles& files, const auto& root) {
                    const auto file = files.create(root / "f");
                    ASSERT_TRUE((*file)->append("x"));
                    files.set_fault(Fault{files.operations(), EIO});
                    EXPECT_FALSE((*file)->sync());
                    EXPECT_TRUE((*file)->sync());
                    ASSERT_TRUE(files.sync_directory(root));
                  }),
            (Strings{"", "x"}));
}

TEST(CrashingFiles, FailOnceWithoutOrWithEffectOrForGood) {
  const store::TemporaryDirectory root;
  CrashingFiles files(root.path());
  files.set_fault(Fault{0, ENOSPC});
  const auto refused = files.make_directory(root.path() / "a");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().storage_full());
  EXPECT_FALSE(std::filesystem::exists(root.path() / "a"));
  EXPECT_TRUE(files.make_directory(root.path() / "a"));

  files.set_fault(Fault{files.operations(), EIO, true, true});
  EXPECT_FALSE(files.make_directory(root.path() / "b"));
  EXPECT_TRUE(std::filesystem::exists(root.path() / "b"));
  EXPECT_FALSE(files.make_directory(root.path() / "c"));
  EXPECT_FALSE(std::filesystem::exists(root.path() / "c"));
}

}  // namespace
}  // namespace dcount::packages
