// Many at once on one store.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "tests/packages/blob_support.h"
#include "tests/store/temporary_directory.h"

namespace dcount::packages {
namespace {

constexpr unsigned packages = 6;

/// Where two could come between each other it lets the others go on, for a while.
class PatientFiles : public DiskFiles {
 public:
  DiskResult<void> rename(const Path& from, const Path& to) override {
    ++operations_;
    return DiskFiles::rename(from, to);
  }
  DiskResult<void> unlink(const Path& path) override {
    let_others_go_on();
    return DiskFiles::unlink(path);
  }
  DiskResult<void> sync_directory(const Path& directory) override {
    let_others_go_on();
    return DiskFiles::sync_directory(directory);
  }

 private:
  void let_others_go_on() {
    const unsigned before = ++operations_;
    for (int i = 0; i < 500 && operations_ < before + 3; ++i) std::this_thread::yield();
  }
  std::atomic<unsigned> operations_ = 0;
};

TEST(BlobStoreThreads, CommitAndRemovalOfOneBlobComeOneAfterTheOther) {
  const store::TemporaryDirectory root;
  PatientFiles files;
  const auto store = std::move(*BlobStore::open(root.path() / "packages", files));
  for (int round = 0; round < 200; ++round) {
    const auto first = put(*store, package_id(0), "hello");
    ASSERT_TRUE(first);
    {
      const std::jthread remover([&] { (void)store->remove(*first).has_value(); });
      const std::jthread writer([&] { (void)put(*store, package_id(0), "hello").has_value(); });
    }
    const auto blob = store->find(package_id(0));
    const Blob name{package_id(0), sha256_of("hello"), 5};
    EXPECT_EQ(*store->verify(blob.value_or(name), VerifyDepth::length),
              blob ? BlobState::intact : BlobState::missing);
  }
}

std::string bytes_of(unsigned number) { return std::string(1000 + number, char('a' + number)); }

TEST(BlobStoreThreads, WritersReadersAndRemoversOfTheSameBlobsAgree) {
  const store::TemporaryDirectory root;
  DiskFiles files;
  auto store = std::move(*BlobStore::open(root.path() / "packages", files));
  std::atomic<unsigned> errors = 0;
  std::atomic<unsigned> read = 0;
  const auto require = [&](bool right) { errors += right ? 0 : 1; };

  const auto write = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 60; ++i) {
      const unsigned number = random() % packages;
      if (random() % 8 == 0) {
        require(store->begin(10).has_value());  // and thrown away
      }
      require(put(*store, package_id(number), bytes_of(number)).has_value());
    }
  };
  const auto look = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 300; ++i) {
      const auto blob = store->find(package_id(random() % packages));
      if (!blob) continue;
      const auto state = store->verify(*blob, VerifyDepth::digest);
      require(state && *state != BlobState::corrupt);
      ++read;
    }
  };
  const auto remove = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 40; ++i) {
      const auto blobs = store->list();
      if (!blobs.empty()) require(store->remove(blobs[random() % blobs.size()]).has_value());
      require(store->figures().blobs <= packages);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned seed = 0; seed < 3; ++seed) threads.emplace_back(write, seed);
    for (unsigned seed = 0; seed < 2; ++seed) threads.emplace_back(look, seed);
    for (unsigned seed = 0; seed < 2; ++seed) threads.emplace_back(remove, seed);
  }
  EXPECT_EQ(errors, 0u);

  // What the index has is on the disk, and nothing else.
  const auto blobs = store->list();
  for (const Blob& blob : blobs) {
    EXPECT_EQ(*store->verify(blob, VerifyDepth::digest), BlobState::intact);
  }
  store = std::move(*BlobStore::open(root.path() / "packages", files));
  EXPECT_EQ(store->list(), blobs);
  EXPECT_TRUE(std::filesystem::is_empty(root.path() / "packages" / "tmp"));
}

}  // namespace
}  // namespace dcount::packages
