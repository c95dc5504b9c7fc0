// What makes a data directory one node's: its lock and its identity.
#include "server/nodes/identity.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "server/nodes/directory_lock.h"

namespace dcount::nodes {
namespace {

struct DataDirectory : testing::Test {
  DataDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "dcount-nodes-XXXXXX").string();
    directory = ::mkdtemp(name.data());
  }
  ~DataDirectory() override { std::filesystem::remove_all(directory); }

  std::filesystem::path directory;
};

TEST_F(DataDirectory, KeepsItsIdentity) {
  const auto first = load_identity(directory);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 32u);
  EXPECT_EQ(first->find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(*load_identity(directory), *first);
}

TEST_F(DataDirectory, AnotherOneHasAnotherIdentity) {
  const auto first = load_identity(directory);
  std::filesystem::create_directory(directory / "other");
  EXPECT_NE(*load_identity(directory / "other"), *first);
}

TEST_F(DataDirectory, AFileThatIsNoIdentityIsRefusedAndLeft) {
  std::ofstream(directory / "identity") << "0123";
  const auto loaded = load_identity(directory);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("identity"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(directory / "identity"), 4u);
}

TEST_F(DataDirectory, WhatACrashLeftOfAnIdentityIsNoIdentity) {
  std::ofstream(directory / "identity.new") << "0123";
  const auto loaded = load_identity(directory);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*load_identity(directory), *loaded);
}

TEST_F(DataDirectory, ThatCannotBeWrittenIsAnError) {
  EXPECT_FALSE(load_identity(directory / "missing"));
  std::ofstream(directory / "file") << "x";
  EXPECT_FALSE(DirectoryLock::take(directory / "file"));
}

TEST_F(DataDirectory, HasOneServerAtATime) {
  auto first = DirectoryLock::take(directory / "data");
  ASSERT_TRUE(first);
  const auto second = DirectoryLock::take(directory / "data");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos);
  std::optional<DirectoryLock> lock(std::move(*first));
  EXPECT_FALSE(DirectoryLock::take(directory / "data"));
  lock.reset();
  EXPECT_TRUE(DirectoryLock::take(directory / "data"));
}

}  // namespace
}  // namespace dcount::nodes
