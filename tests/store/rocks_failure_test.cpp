// What rocks_store does when the disk fails under it.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include "sim/faulty/faulty_file_system.h"
#include "tests/store/contract.h"
#include "tests/store/directory_rig.h"
#include "tests/store/temporary_directory.h"

namespace dcount::store {
namespace {

using faulty::FaultyFileSystem;

using Status = CommitResult::Status;

class FailingDiskTest : public testing::Test {
 protected:
  /// Reopens on a disk that works, and expects what was acknowledged, and of `doubtful`, whose
  /// batch failed, both keys or none.
  void expect_acknowledged(std::unique_ptr<Writer> writer, Tail tail) {
    files->cut_power_after(0);
    writer.reset();
    files->fail_syncs(false);
    files->fail_writes(false);
    files->crash(static_cast<FaultyFileSystem::Tail>(tail), 1);
    const auto contents = Writer(rig).contents();
    EXPECT_TRUE(contents.contains("acknowledged"));
    EXPECT_EQ(contents.contains("doubtful"), contents.contains("doubtful too"));
    EXPECT_FALSE(contents.contains("refused"));
  }
  CommitResult doubtful(Writer& writer) {
    return writer.commit({group({{"doubtful", "1"}}), group({{"doubtful too", "1"}})});
  }

  const TemporaryDirectory directory;
  const std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  DirectoryRig rig{directory.path() / "data", env.get()};
};

TEST_F(FailingDiskTest, TheNamesOfDirectoriesItMakesAreSynced) {
  DirectoryRig below(directory.path() / "more" / "below", env.get());
  Writer writer(below);
  EXPECT_TRUE(files->was_synced(directory.path().string()));
  EXPECT_TRUE(files->was_synced((directory.path() / "more").string()));
}

TEST_F(FailingDiskTest, AFailedSyncIsFinal) {
  for (const Tail tail : {Tail::dropped, Tail::torn, Tail::kept}) {
    auto writer = std::make_unique<Writer>(rig);
    writer->put("acknowledged", "1");
    files->fail_syncs(true);
    const auto failed = doubtful(*writer);
    EXPECT_EQ(failed.status, Status::failed);
    EXPECT_NE(failed.error.find("the sync failed"), std::string::npos) << failed.error;
    files->fail_syncs(false);
    EXPECT_EQ(writer->put("refused", "1").status, Status::failed);
    expect_acknowledged(std::move(writer), tail);
  }
}

TEST_F(FailingDiskTest, AFullDiskIsFinal) {
  auto writer = std::make_unique<Writer>(rig);
  writer->put("acknowledged", "1");
  files->fail_writes(true);
  EXPECT_EQ(doubtful(*writer).status, Status::failed);
  files->fail_writes(false);
  EXPECT_EQ(writer->put("refused", "1").status, Status::failed);
  expect_acknowledged(std::move(writer), Tail::kept);
}

TEST_F(FailingDiskTest, WhatWasAcknowledgedCanStillBeLoadedAfterAFailure) {
  Writer writer(rig);
  writer.put("acknowledged", "1");
  files->fail_syncs(true);
  doubtful(writer);
  EXPECT_EQ(writer.contents().size(), 1u);
}

TEST_F(FailingDiskTest, AnErrorWhileTablesAreWrittenDoesNotKeepItFromClosing) {
  auto writer = std::make_unique<Writer>(rig);
  writer->put("acknowledged", "1");
  const std::string big(40'000, 'x');
  files->fail_syncs(true, ".sst");
  CommitResult result;
  for (int i = 0; i < 1000; ++i) {
    result = writer->put("k" + std::to_string(i), big);
    if (result.status != Status::committed) break;
  }
  EXPECT_EQ(result.status, Status::failed);
  EXPECT_NE(result.error.find("the sync failed"), std::string::npos) << result.error;
  expect_acknowledged(std::move(writer), Tail::dropped);
}

}  // namespace
}  // namespace dcount::store
