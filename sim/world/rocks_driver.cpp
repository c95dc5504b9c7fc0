#include "sim/world/rocks_driver.h"

#include <rocksdb/env.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "server/store/rocks_store.h"
#include "sim/faulty/faulty_file_system.h"

namespace dcount::world {

using faulty::FaultyFileSystem;

struct RocksDisk::Impl {
  explicit Impl(bool no_sync) : no_sync(no_sync) {
    std::string name = "/dev/shm/dcount-world-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    directory = name;
  }
  ~Impl() {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }

  const bool no_sync;
  std::filesystem::path directory;
  const std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  bool power_cut = false;
  FaultyFileSystem::Tail tail = FaultyFileSystem::Tail::kept;
  unsigned crashes = 0;

  /// The directory has another name in every run, which must not tell two of them apart.
  std::string without_name(std::string text) const {
    for (std::size_t at; (at = text.find(directory.string())) != std::string::npos;) {
      text.replace(at, directory.string().size(), "…");
    }
    return text;
  }
};

RocksDisk::RocksDisk(bool no_sync) : impl_(std::make_unique<Impl>(no_sync)) {}
RocksDisk::~RocksDisk() = default;

void RocksDisk::cut_power(int after_steps, int tail) {
  impl_->power_cut = true;
  impl_->tail = static_cast<FaultyFileSystem::Tail>(tail);
  impl_->files->cut_power_after(after_steps);
}

void RocksDisk::fail_syncs() { impl_->files->fail_syncs(true); }
void RocksDisk::fail_writes() { impl_->files->fail_writes(true); }

void RocksDisk::repair() {
  impl_->files->fail_syncs(false);
  impl_->files->fail_writes(false);
}

/// Without a power cut what was written is still in the system's memory.
void RocksDisk::on_process_ended() {
  const bool cut = std::exchange(impl_->power_cut, false);
  impl_->files->crash(cut ? impl_->tail : FaultyFileSystem::Tail::kept, ++impl_->crashes);
}

RocksDriver::RocksDriver(Ground& ground, RocksDisk& disk, std::string process)
    : ground_(ground), disk_(disk), process_(std::move(process)) {}

/// A process that is killed writes nothing more.
RocksDriver::~RocksDriver() {
  disk_.impl_->files->cut_power_after(0);
  store_.reset();
}

void RocksDriver::claim(std::function<void(Result<store::Mark>)> done) {
  store::RocksOptions options;
  options.directory = disk_.impl_->directory / "data";
  options.node = "node-1";
  options.write_buffer_bytes = 1 << 20;
  options.sync = !disk_.impl_->no_sync;
  options.quiet = true;
  options.env = disk_.impl_->env.get();
  auto opened = store::open_rocks_store(options);
  if (!opened) {
    return done(Error{opened.error().certainty, disk_.impl_->without_name(opened.error().message)});
  }
  store_ = std::move(*opened);
  done(store_->claim());
}

void RocksDriver::load(store::LoadVisitor visitor, std::function<void(Result<Revision>)> done) {
  done(store_->load(visitor));
}

void RocksDriver::commit(const store::Batch& batch, store::CommitDone done) {
  ground_.trace.note([&] {
    return process_ + " → disk  batch " + std::to_string(batch.next.incarnation) + "." +
           std::to_string(batch.next.batch) + ", groups " + std::to_string(batch.groups.size());
  });
  const auto answered = [this, done = std::move(done)](store::CommitResult result) {
    result.error = disk_.impl_->without_name(std::move(result.error));
    done(std::move(result));
  };
  if (!ground_.options.tamper) return store_->commit(batch, answered);
  tampered_ = batch;
  ground_.options.tamper(tampered_);
  store_->commit(tampered_, answered);
}

void RocksDriver::settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) {
  store_->settle(lost, fence, std::move(done));
}

}  // namespace dcount::world
