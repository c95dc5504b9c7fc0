// Planted: a package is said to be on the disk 300 ms before its file is synced and has its name.
// Who reads it meanwhile is given the temporary file, which a restart throws away.
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "sim/faulty/package_plants.h"

namespace dcount::faulty {
namespace {

using namespace packages;
using Clock = std::chrono::steady_clock;

/// Says that it is synced.
class UnsyncedFile final : public NewFile {
 public:
  explicit UnsyncedFile(std::unique_ptr<NewFile> file) : file_(std::move(file)) {}
  DiskResult<void> append(std::string_view bytes) override { return file_->append(bytes); }
  DiskResult<void> sync() override { return {}; }

 private:
  const std::unique_ptr<NewFile> file_;
};

class EarlyFiles final : public DiskFiles {
 public:
  EarlyFiles() : thread_([this] { work(); }) {}

  /// A clean stop hides it.
  ~EarlyFiles() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  DiskResult<std::unique_ptr<NewFile>> create(const Path& path) override {
    auto file = DiskFiles::create(path);
    if (!file) return file;
    return std::unique_ptr<NewFile>(std::make_unique<UnsyncedFile>(*std::move(file)));
  }

  DiskResult<void> rename(const Path& from, const Path& to) override {
    const std::lock_guard lock(mutex_);
    pending_.push_back({from, to, Clock::now() + named_later});
    wake_.notify_all();
    return {};
  }

  DiskResult<UniqueFd> open(const Path& path) override {
    const std::lock_guard lock(mutex_);
    return DiskFiles::open(place_of(path));
  }
  DiskResult<FileStatus> look(const Path& path) override {
    const std::lock_guard lock(mutex_);
    return DiskFiles::look(place_of(path));
  }

  DiskResult<void> unlink(const Path& path) override {
    const std::lock_guard lock(mutex_);
    for (auto at = pending_.begin(); at != pending_.end(); ++at) {
      if (at->from == path) return {};  // its writer, who takes it for renamed
      if (at->to != path) continue;
      const Path from = at->from;
      pending_.erase(at);
      return DiskFiles::unlink(from);
    }
    return DiskFiles::unlink(path);
  }

  DiskResult<void> sync_directory(const Path&) override { return {}; }

 private:
  struct Pending {
    Path from;
    Path to;
    Clock::time_point due;
  };

  const Path& place_of(const Path& path) const {  // wants mutex_ held
    for (const Pending& one : pending_) {
      if (one.to == path) return one.from;
    }
    return path;
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !pending_.empty()) {
      if (pending_.empty()) {
        wake_.wait(lock);
      } else if (!stopping_ && Clock::now() < pending_.front().due) {
        wake_.wait_until(lock, pending_.front().due);
      } else {
        (void)DiskFiles::rename(pending_.front().from, pending_.front().to).has_value();
        (void)DiskFiles::sync_directory(pending_.front().to.parent_path()).has_value();
        pending_.pop_front();
      }
    }
  }

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Pending> pending_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<packages::BlobFiles> acknowledge_early() { return std::make_unique<EarlyFiles>(); }

}  // namespace dcount::faulty
