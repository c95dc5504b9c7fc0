// Whatever fails, and whenever the power does: what was acknowledged is there, whole, and nothing
// else is listed that is not whole.
//
// A story is a list of steps with one fault somewhere in it. It is told to a store over a disk that
// forgets, then the store is opened again, and again after a crash. The same is told over disks
// with a sync left out, to see that it would be noticed.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <vector>

#include "tests/packages/blob_support.h"
#include "tests/packages/crashing_files.h"
#include "tests/store/temporary_directory.h"

namespace dcount::packages {
namespace {

/// The defects that are to be noticed.
enum class Forgets { nothing, file_sync, directory_sync, parent_sync };

/// A layer with a sync that does nothing.
class ForgetfulFiles : public BlobFiles {
 public:
  ForgetfulFiles(BlobFiles& files, Forgets forgets) : files_(files), forgets_(forgets) {}

  DiskResult<std::unique_ptr<NewFile>> create(const Path& path) override {
    auto file = files_.create(path);
    if (!file || forgets_ != Forgets::file_sync) return file;
    return std::unique_ptr<NewFile>(std::make_unique<Unsynced>(std::move(*file)));
  }
  DiskResult<void> sync_directory(const Path& directory) override {
    const bool holds_blobs = directory.filename().string().size() == 2;
    if (forgets_ == (holds_blobs ? Forgets::directory_sync : Forgets::parent_sync)) return {};
    return files_.sync_directory(directory);
  }

  DiskResult<UniqueFd> open(const Path& path) override { return files_.open(path); }
  DiskResult<void> rename(const Path& from, const Path& to) override {
    return files_.rename(from, to);
  }
  DiskResult<void> unlink(const Path& path) override { return files_.unlink(path); }
  DiskResult<FileStatus> look(const Path& path) override { return files_.look(path); }
  DiskResult<std::vector<DirectoryEntry>> list(const Path& directory) override {
    return files_.list(directory);
  }
  DiskResult<void> make_directory(const Path& directory) override {
    return files_.make_directory(directory);
  }
  DiskResult<std::uint64_t> free_bytes(const Path& directory) override {
    return files_.free_bytes(directory);
  }

 private:
  struct Unsynced : NewFile {
    explicit Unsynced(std::unique_ptr<NewFile> file) : file(std::move(file)) {}
    DiskResult<void> append(std::string_view bytes) override { return file->append(bytes); }
    DiskResult<void> sync() override { return {}; }
    std::unique_ptr<NewFile> file;
  };

  BlobFiles& files_;
  const Forgets forgets_;
};

struct Step {
  enum class Kind { commit, remove, abandon, reopen };

  Kind kind = Kind::commit;
  unsigned package = 0;
  std::size_t bytes = 0;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  constexpr const char* kinds[] = {"commit ", "remove ", "abandon ", "reopen "};
  return out << kinds[static_cast<int>(step.kind)] << step.package << " of " << step.bytes;
}

struct Story {
  std::vector<Step> steps;
  std::optional<Fault> fault;
  bool power_fails = false;  ///< at the end, or at a fault that is for good; else the process dies
  unsigned seed = 0;         ///< of what is lost
};

std::ostream& operator<<(std::ostream& out, const Story& story) {
  for (const Step& step : story.steps) out << step << ", ";
  if (story.fault) out << *story.fault << ", ";
  return out << (story.power_fails ? "power fails" : "process dies") << ", seed " << story.seed;
}

std::string bytes_of(const Step& step) {
  std::string bytes = std::to_string(step.package) + ':';
  while (bytes.size() < step.bytes) bytes += std::to_string(bytes.size());
  return bytes;
}

/// A story while it is told: the first thing that is wrong ends it.
class Telling {
 public:
  Telling(const Story& story, Forgets forgets)
      : story_(story), disk_(root_.path()), files_(disk_, forgets) {}

  /// Empty: all is as it should be.
  std::string wrong() {
    disk_.set_fault(story_.fault);
    auto opened = BlobStore::open(directory_, files_);
    if (opened) {
      store_ = std::move(*opened);
      for (const Step& step : story_.steps) {
        take(step);
        if (!wrong_.empty() || !store_) break;
      }
    }
    store_.reset();
    operations_ = disk_.operations();
    disk_.set_fault(std::nullopt);
    if (story_.power_fails) disk_.crash(story_.seed);
    if (wrong_.empty()) check_after_restart();
    return wrong_;
  }

  std::uint64_t operations() const { return operations_; }

 private:
  void take(const Step& step) {
    const std::string id = package_id(step.package);
    switch (step.kind) {
      case Step::Kind::commit: {
        gone_.erase({id, sha256_of(bytes_of(step))});
        const auto blob = put(*store_, id, bytes_of(step));
        if (blob) acknowledged_.insert({id, blob->sha256});
        const auto known = store_->find(id, sha256_of(bytes_of(step)));
        if (known.has_value() != acknowledged_.contains({id, sha256_of(bytes_of(step))})) {
          wrong_ = "the index and what was acknowledged differ after " + id;
        }
        break;
      }
      case Step::Kind::remove:
        while (const auto blob = store_->find(id)) {
          acknowledged_.erase({id, blob->sha256});
          const auto removed = store_->remove(*blob);
          if (removed) gone_.insert({id, blob->sha256});
          if (store_->find(id, blob->sha256)) wrong_ = "removed and found: " + id;
          if (!removed || !wrong_.empty()) return;
        }
        break;
      case Step::Kind::abandon: {
        auto writer = store_->begin(0);
        if (writer) (void)writer->append(bytes_of(step)).has_value();
        break;
      }
      case Step::Kind::reopen: {
        store_.reset();
        auto opened = BlobStore::open(directory_, files_);
        if (!opened) return;
        store_ = std::move(*opened);
        for (const Blob& blob : store_->list()) acknowledged_.insert({blob.pkgid, blob.sha256});
        break;
      }
    }
  }

  void check_after_restart() {
    const auto listed = check_opened();
    if (!wrong_.empty()) return;
    // What a restarted store has listed it has promised.
    for (const Blob& blob : listed) acknowledged_.insert({blob.pkgid, blob.sha256});
    disk_.crash(story_.seed + 1);
    check_opened();
    if (!wrong_.empty()) wrong_ = "after another crash: " + wrong_;
  }

  std::vector<Blob> check_opened() {
    auto opened = BlobStore::open(directory_, files_);
    if (!opened) {
      wrong_ = "does not open: " + opened.error().message;
      return {};
    }
    const BlobStore& store = **opened;
    for (const auto& [id, sha256] : acknowledged_) {
      if (!store.find(id, sha256)) wrong_ = "lost: " + id;
    }
    for (const Blob& blob : store.list()) {
      const auto state = store.verify(blob, VerifyDepth::digest);
      if (!state || *state != BlobState::intact) wrong_ = "listed and not whole: " + blob.pkgid;
      if (gone_.contains({blob.pkgid, blob.sha256})) wrong_ = "removed and back: " + blob.pkgid;
    }
    if (!std::filesystem::is_empty(directory_ / "tmp")) wrong_ = "a temporary file is left";
    if (store.figures().unknown_files > 0) wrong_ = "an unknown file is left";
    return store.list();
  }

  const Story story_;
  const store::TemporaryDirectory root_;
  const std::filesystem::path directory_ = root_.path() / "packages";
  CrashingFiles disk_;
  ForgetfulFiles files_;
  std::unique_ptr<BlobStore> store_;
  using Names = std::set<std::pair<std::string, std::string>>;  ///< package, digest
  Names acknowledged_;                                          ///< and not removed since
  Names gone_;  ///< removed, and not committed since
  std::string wrong_;
  std::uint64_t operations_ = 0;
};

std::string wrong(const Story& story, Forgets forgets = Forgets::nothing) {
  return Telling(story, forgets).wrong();
}

rc::Gen<Story> any_story() {
  const auto step = rc::gen::construct<Step>(
      rc::gen::weightedElement<Step::Kind>({{6, Step::Kind::commit},
                                            {2, Step::Kind::remove},
                                            {1, Step::Kind::abandon},
                                            {1, Step::Kind::reopen}}),
      rc::gen::inRange(0u, 5u), rc::gen::element<std::size_t>(1, 4, 100, 5000));
  const auto fault = rc::gen::construct<Fault>(
      rc::gen::inRange<std::uint64_t>(0, 100), rc::gen::element(EIO, ENOSPC, EACCES),
      rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>());
  return rc::gen::construct<Story>(
      rc::gen::container<std::vector<Step>>(step),
      rc::gen::map(rc::gen::maybe(fault),
                   [](const rc::Maybe<Fault>& maybe) -> std::optional<Fault> {
                     if (!maybe) return std::nullopt;
                     return *maybe;
                   }),
      rc::gen::arbitrary<bool>(), rc::gen::arbitrary<unsigned>());
}

RC_GTEST_PROP(BlobStoreCrash, NoStoryLosesWhatWasAcknowledged, ()) {
  const Story story = *any_story();
  const std::string answer = wrong(story);
  if (!answer.empty()) RC_FAIL(answer);
}

const std::vector<Step> many_things = {
    {Step::Kind::commit, 0, 100},  {Step::Kind::commit, 1, 5000}, {Step::Kind::abandon, 2, 10},
    {Step::Kind::commit, 2, 4},    {Step::Kind::commit, 0, 100},  {Step::Kind::remove, 1, 0},
    {Step::Kind::commit, 1, 5000}, {Step::Kind::reopen, 0, 0},    {Step::Kind::commit, 4, 100},
    {Step::Kind::remove, 2, 0},    {Step::Kind::commit, 3, 1},
};

TEST(BlobStoreCrash, NoOperationFailsInAWayThatLoses) {
  Telling whole({many_things, std::nullopt, true, 0}, Forgets::nothing);
  ASSERT_EQ(whole.wrong(), "");
  ASSERT_GT(whole.operations(), 50u);
  for (std::uint64_t operation = 0; operation < whole.operations(); ++operation) {
    for (int kind = 0; kind < 8; ++kind) {
      const Fault fault{operation, EIO, (kind & 1) != 0, (kind & 2) != 0};
      const Story story{many_things, fault, (kind & 4) != 0, unsigned(operation)};
      ASSERT_EQ(wrong(story), "") << story;
    }
  }
}

TEST(BlobStoreCrash, EveryForgottenSyncWouldBeNoticed) {
  for (const auto& [forgets, what] :
       std::map<Forgets, std::string>{{Forgets::file_sync, "listed and not whole"},
                                      {Forgets::directory_sync, "lost"},
                                      {Forgets::parent_sync, "lost"}}) {
    bool noticed = false;
    for (unsigned seed = 0; seed < 50 && !noticed; ++seed) {
      const Story story{{{Step::Kind::commit, 0, 100}}, std::nullopt, true, seed};
      noticed = wrong(story, forgets).starts_with(what);
      ASSERT_EQ(wrong(story), "") << story;
    }
    EXPECT_TRUE(noticed) << "without a sync nobody heard: " << what;
  }
}

TEST(BlobStoreCrash, WhatAKilledProcessHasRenamedIsSyncedByTheNext) {
  // The process dies between rename and sync; the next lists the blob, and then the power fails.
  Telling whole({{{Step::Kind::commit, 0, 100}}, std::nullopt, false, 0}, Forgets::nothing);
  ASSERT_EQ(whole.wrong(), "");
  bool noticed = false;
  for (std::uint64_t operation = 0; operation < whole.operations(); ++operation) {
    for (unsigned seed = 0; seed < 10; ++seed) {
      const Story story{
          {{Step::Kind::commit, 0, 100}}, Fault{operation, EIO, true, true}, false, seed};
      EXPECT_EQ(wrong(story), "") << story;
      noticed = noticed || wrong(story, Forgets::directory_sync).starts_with("after another crash");
    }
  }
  EXPECT_TRUE(noticed);
}

TEST(BlobStoreCrash, AFullDiskIsToldApart) {
  const store::TemporaryDirectory root;
  CrashingFiles files(root.path());
  const auto store = std::move(*BlobStore::open(root.path() / "packages", files));
  const std::uint64_t before = files.operations();
  ASSERT_TRUE(put(*store, package_id(0), "hello"));
  const std::uint64_t operations = files.operations() - before;
  unsigned refused = 0;
  for (std::uint64_t operation = 0; operation < operations; ++operation) {
    files.set_fault(Fault{files.operations() + operation, ENOSPC});
    const std::string id = package_id(2 * unsigned(operation) + 2);  // a new directory each time
    const auto blob = put(*store, id, "hello");
    if (blob) continue;  // it has hit the unlink of what is left
    EXPECT_TRUE(blob.error().storage_full()) << blob.error().message;
    EXPECT_FALSE(store->find(id));
    EXPECT_FALSE(std::filesystem::exists(store->path({id, sha256_of("hello")})));
    EXPECT_TRUE(std::filesystem::is_empty(root.path() / "packages" / "tmp"));
    ++refused;
  }
  EXPECT_GT(refused, 5u);
}

}  // namespace
}  // namespace dcount::packages
