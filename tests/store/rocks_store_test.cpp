// What rocks_store has beyond the contract: directories, formats, damaged logs.
#include "server/store/rocks_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/store/contract.h"
#include "tests/store/directory_rig.h"
#include "tests/store/temporary_directory.h"

namespace dcount::store {
namespace {

namespace fs = std::filesystem;
class RocksStoreTest : public testing::Test {
 protected:
  std::string open_error() {
    const auto opened = rig.open("a");
    return opened ? "" : opened.error().message;
  }
  /// RocksDB itself on the same directory.
  std::unique_ptr<rocksdb::DB> open_raw() {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* raw = nullptr;
    const auto status = rocksdb::DB::Open(options, data.string(), &raw);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return std::unique_ptr<rocksdb::DB>(raw);
  }
  fs::path newest_log() {
    fs::path newest;
    for (const auto& file : fs::directory_iterator(data)) {
      if (file.path().extension() == ".log") newest = std::max(newest, file.path());
    }
    return newest;
  }

  /// Changes the byte where `text` is in the log.
  void damage(const std::string& text) {
    const std::string log = newest_log().string();
    std::string bytes;
    ASSERT_TRUE(rocksdb::ReadFileToString(rocksdb::Env::Default(), log, &bytes).ok());
    bytes.at(bytes.find(text)) ^= 1;
    std::ofstream(log, std::ios::binary | std::ios::trunc) << bytes;
  }

  const TemporaryDirectory directory;
  const fs::path data = directory.path() / "data";
  DirectoryRig rig{data};
};

TEST_F(RocksStoreTest, RefusesASecondServerOfTheSameProcess) {
  Writer first(rig);
  EXPECT_EQ(open_error(),
            "data directory " + data.string() + " is in use by another dcount server");
}

/// Takes RocksDB's lock in another process, by what POSIX says a lock is.
class LockingProcess {
 public:
  explicit LockingProcess(const std::string& path) {
    int locked[2];
    if (::pipe(locked) != 0 || ::pipe(release_) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(release_[1]);
      struct flock lock = {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      const int file = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
      char byte = ::fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
      if (::write(locked[1], &byte, 1) != 1) ::_exit(1);
      ::_exit(::read(release_[0], &byte, 1) == 0 ? 0 : 1);
    }
    char byte = 'n';
    locked_ = ::read(locked[0], &byte, 1) == 1 && byte == 'y';
    ::close(locked[0]);
    ::close(locked[1]);
    ::close(release_[0]);
  }
  ~LockingProcess() {
    ::close(release_[1]);
    ::waitpid(pid_, nullptr, 0);
  }
  bool locked() const { return locked_; }

 private:
  int release_[2];
  pid_t pid_ = -1;
  bool locked_ = false;
};

TEST_F(RocksStoreTest, RefusesASecondServerOfAnotherProcess) {
  { Writer first(rig); }
  const LockingProcess other((data / "LOCK").string());
  ASSERT_TRUE(other.locked());
  EXPECT_EQ(open_error(),
            "data directory " + data.string() + " is in use by another dcount server");
}

TEST_F(RocksStoreTest, SaysThatItsDirectoryCannotBeMade) {
  std::ofstream(data) << "a file";
  EXPECT_EQ(open_error(), "data directory " + data.string() + " cannot be made: Not a directory");
}

TEST_F(RocksStoreTest, SaysThatADirectoryAboveCannotBeMade) {
  std::ofstream(data) << "a file";
  DirectoryRig below(data / "below");
  const auto opened = below.open("a");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message,
            "data directory " + (data / "below").string() + " cannot be made: Not a directory");
}

TEST_F(RocksStoreTest, MakesTheDirectoriesAboveItsOwn) {
  DirectoryRig below(data / "more" / "below");
  Writer(below).put("k", "v");
  EXPECT_EQ(Writer(below).contents().at("k").first, "v");
}

TEST_F(RocksStoreTest, RefusesANewerFormat) {
  { Writer first(rig); }
  ASSERT_TRUE(open_raw()->Put({}, "store/format", "2").ok());
  EXPECT_EQ(open_error(), "data directory " + data.string() +
                              " was written by a newer dcount (format 2, this one knows 1)");
}

TEST_F(RocksStoreTest, RefusesADatabaseThatIsNotOurs) {
  ASSERT_TRUE(open_raw()->Put({}, "k", "v").ok());
  EXPECT_EQ(open_error(),
            "data directory " + data.string() + " holds a RocksDB database that is not dcount's");
}

TEST_F(RocksStoreTest, RefusesAValueWithoutARevision) {
  { Writer first(rig); }
  ASSERT_TRUE(open_raw()->Put({}, "k", "v").ok());
  const auto opened = rig.open("a");
  ASSERT_TRUE(opened);
  EXPECT_FALSE((*opened)->load([](const Entry&) {}));
}

TEST_F(RocksStoreTest, IsReadableByPeople) {
  Writer(rig).put("counter/views/home", "42");
  const auto raw = open_raw();
  std::string value, mark;
  ASSERT_TRUE(raw->Get({}, "counter/views/home", &value).ok());
  ASSERT_TRUE(raw->Get({}, "writer/a", &mark).ok());
  EXPECT_EQ(value, "2 42");
  EXPECT_EQ(mark, "2 1 incarnation=1 batch=1");
}

TEST_F(RocksStoreTest, IgnoresALastRecordTornAtAnyByte) {
  std::uintmax_t whole = 0;
  std::uintmax_t before = 0;
  {
    Writer writer(rig);
    writer.put("first", "1");
    before = fs::file_size(newest_log());
    writer.commit({group({{"last", "1"}}), group({{"last too", "1"}})});
    whole = fs::file_size(newest_log());
  }
  ASSERT_GT(whole, before);
  const fs::path kept = directory.path() / "kept";
  fs::copy(data, kept);
  for (auto size = before; size < whole; ++size) {
    fs::remove_all(data);
    fs::copy(kept, data);
    fs::resize_file(newest_log(), size);
    const auto contents = Writer(rig).contents();
    EXPECT_TRUE(contents.contains("first")) << size;
    EXPECT_EQ(contents.size(), 1u) << size;
  }
}

TEST_F(RocksStoreTest, IgnoresZerosAfterTheLastRecord) {
  Writer(rig).put("last", "1");
  fs::resize_file(newest_log(), fs::file_size(newest_log()) + 100'000);
  EXPECT_TRUE(Writer(rig).contents().contains("last"));
}

TEST_F(RocksStoreTest, RefusesALogDamagedBeforeItsEnd) {
  {
    Writer writer(rig);
    writer.put("first", "this will be damaged");
    writer.put("last", "1");
  }
  damage("this will");
  EXPECT_NE(open_error().find("Corruption"), std::string::npos) << open_error();
}

// Whether it was acknowledged nobody can tell: a torn write is short, this has its length.
TEST_F(RocksStoreTest, RefusesALogWhoseLastRecordIsDamaged) {
  Writer(rig).put("last", "this will be damaged");
  damage("this will");
  EXPECT_NE(open_error().find("Corruption"), std::string::npos) << open_error();
}

TEST(RocksStore, ThatDoesNotSyncIsFoundOut) {
  const RigMaker careless{"careless", [] { return make_rocks_rig(false); }};
  EXPECT_EQ(crash_at_every_step(careless, Tail::dropped).verdict, Verdict::lost);
}

}  // namespace
}  // namespace dcount::store
