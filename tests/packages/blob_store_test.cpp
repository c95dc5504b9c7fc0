// What the store does on a disk that works, and with what it finds there.
#include "server/packages/blob_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "tests/packages/blob_support.h"
#include "tests/packages/crashing_files.h"
#include "tests/store/temporary_directory.h"

namespace dcount::packages {
namespace {

namespace fs = std::filesystem;

class BlobStoreTest : public testing::Test {
 protected:
  BlobStoreTest() { reopen(); }

  void reopen() {
    store.reset();
    auto opened = BlobStore::open(directory, files);
    if (!opened) throw std::runtime_error(opened.error().message);
    store = std::move(*opened);
  }
  Blob added(unsigned number, std::string_view bytes) {
    auto blob = put(*store, package_id(number), bytes);
    if (!blob) throw std::runtime_error(blob.error().message);
    return *blob;
  }
  std::string content(const Blob& blob) {
    const auto file = store->open_for_reading(blob);
    if (!file) return file.error().message;
    std::string bytes(blob.bytes + 1, '\0');
    const ssize_t n = ::pread(file->get(), bytes.data(), bytes.size(), 0);
    bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return bytes;
  }
  BlobState state(const Blob& blob, VerifyDepth depth = VerifyDepth::digest) {
    const auto answer = store->verify(blob, depth);
    if (!answer) throw std::runtime_error(answer.error().message);
    return *answer;
  }
  bool no_temporaries() const { return fs::is_empty(directory / "tmp"); }

  const store::TemporaryDirectory root;
  const fs::path directory = root.path() / "data" / "packages";
  DiskFiles files;
  std::unique_ptr<BlobStore> store;
};

TEST_F(BlobStoreTest, AnEmptyOneIsEmpty) {
  EXPECT_TRUE(store->list().empty());
  EXPECT_EQ(store->figures().blobs, 0u);
  EXPECT_FALSE(store->find(package_id(1)));
  EXPECT_GT(*store->free_bytes(), 0u);
}

TEST_F(BlobStoreTest, WhatIsCommittedIsFoundReadAndCounted) {
  const Blob blob = added(1, "hello");
  EXPECT_EQ(blob.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(blob.bytes, 5u);
  EXPECT_GT(blob.since_ms, 1'500'000'000'000);
  EXPECT_EQ(store->path(blob), directory / "a0" / (package_id(1) + "." + blob.sha256));
  EXPECT_EQ(content(blob), "hello");
  EXPECT_EQ(store->find(package_id(1)), blob);
  EXPECT_EQ(store->find(package_id(1), blob.sha256), blob);
  EXPECT_FALSE(store->find(package_id(1), sha256_of("other")));
  EXPECT_EQ(store->figures().blobs, 1u);
  EXPECT_EQ(store->figures().bytes, 5u);
  EXPECT_TRUE(no_temporaries());
}

TEST_F(BlobStoreTest, AReopenedOneHasTheSame) {
  for (const unsigned number : {9u, 3u, 30u}) added(number, std::string(number, 'x'));
  const auto before = store->list();
  ASSERT_EQ(before.size(), 3u);
  EXPECT_EQ(before[0].pkgid, package_id(3));
  reopen();
  EXPECT_EQ(store->list(), before);
  EXPECT_EQ(store->figures().bytes, 42u);
}

TEST_F(BlobStoreTest, WhatIsNotCommittedLeavesNothing) {
  {
    auto writer = store->begin(0);
    ASSERT_TRUE(writer && writer->append("hello"));
    EXPECT_FALSE(no_temporaries());
  }
  EXPECT_TRUE(no_temporaries());
  auto writer = store->begin(0);
  EXPECT_EQ(writer->commit("../../../../../../../../etc/evil-0001").error().number, EINVAL);
  EXPECT_FALSE(writer->append("x"));
  EXPECT_FALSE(writer->commit(package_id(1)));
  EXPECT_TRUE(store->list().empty());
}

TEST_F(BlobStoreTest, AMovedWriterGoesOn) {
  auto begun = store->begin(0);
  ASSERT_TRUE(begun && begun->append("hel"));
  BlobWriter writer = std::move(*begun);
  EXPECT_EQ(writer.bytes_written(), 3u);
  EXPECT_EQ(writer.digest(), sha256_of("hel"));
  ASSERT_TRUE(writer.append("lo"));
  EXPECT_EQ(writer.commit(package_id(1))->sha256, sha256_of("hello"));
  writer = std::move(*store->begin(0));
  EXPECT_FALSE(no_temporaries());
  writer = std::move(*store->begin(0));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory / "tmp"), {}), 1);
}

TEST_F(BlobStoreTest, AWindowOfAnotherFileIsCopied) {
  const fs::path other = root.path() / "other";
  std::string bytes;
  for (int i = 0; bytes.size() < 2'500'000; ++i) bytes += std::to_string(i);
  std::ofstream(other, std::ios::binary) << bytes;
  const auto file = files.open(other);
  auto writer = store->begin(0);
  ASSERT_TRUE(writer->append_from(file->get(), 7, bytes.size() - 10));
  const auto blob = writer->commit(package_id(1));
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->sha256, sha256_of(std::string_view(bytes).substr(7, bytes.size() - 10)));
  EXPECT_EQ(content(*blob), bytes.substr(7, bytes.size() - 10));

  writer = store->begin(0);
  EXPECT_EQ(writer->append_from(file->get(), 7, bytes.size()).error().number, EIO);
  EXPECT_FALSE(writer->commit(package_id(2)));
}

TEST_F(BlobStoreTest, WhatIsRemovedIsGoneButForThoseWhoReadIt) {
  const Blob blob = added(1, "hello");
  const auto reader = store->open_for_reading(blob);
  EXPECT_TRUE(store->remove(blob));
  EXPECT_FALSE(store->find(blob.pkgid));
  EXPECT_EQ(store->figures().bytes, 0u);
  EXPECT_TRUE(store->open_for_reading(blob).error().not_found());
  EXPECT_EQ(state(blob), BlobState::missing);
  char bytes[5];
  EXPECT_EQ(::pread(reader->get(), bytes, 5, 0), 5);
  EXPECT_TRUE(store->remove(blob));
  reopen();
  EXPECT_TRUE(store->list().empty());
}

TEST_F(BlobStoreTest, WhatWasCommittedAnewIsNotRemovedForWhatItWas) {
  Blob before = added(1, "hello");
  --before.since_ms;  // as if this one were later
  EXPECT_TRUE(store->remove(before));
  EXPECT_TRUE(store->find(package_id(1)));
  EXPECT_EQ(state(*store->find(package_id(1))), BlobState::intact);
}

TEST_F(BlobStoreTest, TwoBlobsOfOnePackageAreBothKnown) {
  const Blob first = added(1, "first");
  fs::last_write_time(store->path(first), fs::file_time_type::clock::now() - std::chrono::hours(1));
  const Blob second = added(1, "second");
  reopen();
  EXPECT_EQ(store->list().size(), 2u);
  EXPECT_EQ(store->find(package_id(1)), second);
  EXPECT_TRUE(store->remove(second));
  EXPECT_EQ(store->find(package_id(1))->sha256, first.sha256);
}

TEST_F(BlobStoreTest, SeesWhatIsCorruptOrMissing) {
  const Blob blob = added(1, "hello");
  EXPECT_EQ(state(blob), BlobState::intact);
  EXPECT_EQ(state(blob, VerifyDepth::length), BlobState::intact);
  std::ofstream(store->path(blob)) << "hellO";
  EXPECT_EQ(state(blob, VerifyDepth::length), BlobState::intact);
  EXPECT_EQ(state(blob), BlobState::corrupt);
  std::ofstream(store->path(blob)) << "hell";
  EXPECT_EQ(state(blob, VerifyDepth::length), BlobState::corrupt);
  fs::remove(store->path(blob));
  EXPECT_EQ(state(blob), BlobState::missing);
}

TEST_F(BlobStoreTest, CommittingAnewMendsWhatIsCorrupt) {
  const Blob blob = added(1, "hello");
  std::ofstream(store->path(blob)) << "hellO";
  added(1, "hello");
  EXPECT_EQ(content(blob), "hello");
  EXPECT_EQ(store->figures().blobs, 1u);
  EXPECT_EQ(store->figures().bytes, 5u);
}

TEST_F(BlobStoreTest, LeavesFilesAloneThatAreNotIts) {
  const Blob blob = added(1, "hello");
  std::ofstream(directory / "README") << "x";
  std::ofstream(directory / "a0" / "notes") << "x";
  fs::create_directory(directory / "bb");
  fs::copy(store->path(blob), directory / "bb");  // the wrong directory
  fs::create_symlink(store->path(blob), directory / "a0" / (package_id(2) + '.' + blob.sha256));
  std::ofstream(directory / "tmp" / "77") << "x";
  reopen();
  EXPECT_EQ(store->figures().unknown_files, 4u);
  EXPECT_EQ(store->list().size(), 1u);
  EXPECT_TRUE(fs::exists(directory / "a0" / "notes"));
  EXPECT_TRUE(no_temporaries());
}

TEST_F(BlobStoreTest, WritesToADiskThatWasEmptiedMeanwhile) {
  Blob blob = added(1, "hello");
  for (const fs::path& gone : {directory / "a0", directory, directory.parent_path()}) {
    fs::remove_all(gone);
    EXPECT_EQ(state(blob), BlobState::missing) << gone;
    EXPECT_TRUE(store->remove(blob));
    EXPECT_TRUE(store->list().empty());
    blob = added(1, "hello");
    EXPECT_EQ(content(blob), "hello") << gone;
  }
  reopen();
  EXPECT_EQ(store->list().size(), 1u);
}

TEST_F(BlobStoreTest, SaysThatThereIsNoRoom) {
  const auto refused = store->begin(*store->free_bytes() + (1ull << 40));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().storage_full());
  EXPECT_TRUE(no_temporaries());
}

TEST_F(BlobStoreTest, CannotBeOpenedWhereAFileIs) {
  std::ofstream(root.path() / "file") << "x";
  const auto opened = BlobStore::open(root.path() / "file", files);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("file"), std::string::npos);
}

TEST(BlobName, IsReadAsItWasWritten) {
  const std::string sha256(64, 'a');
  const auto blob = parse_blob_file_name(blob_file_name(package_id(5), sha256));
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->pkgid, package_id(5));
  EXPECT_EQ(blob->sha256, sha256);
  for (const std::string& name : {package_id(5), package_id(5) + ".", package_id(5) + ".x",
                                  package_id(5) + "." + sha256 + "0", "." + sha256,
                                  package_id(5) + "." + std::string(64, 'A')}) {
    EXPECT_FALSE(parse_blob_file_name(name)) << name;
  }
}

}  // namespace
}  // namespace dcount::packages
