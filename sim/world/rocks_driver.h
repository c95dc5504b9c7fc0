// The production rocks_store, on a disk whose power can fail, as a simulated server's store.
//
// Thread-safety: none; one world's.
#pragma once

#include <memory>
#include <string>

#include "sim/world/ground.h"
#include "sim/world/store_driver.h"

namespace rocksdb {
class Env;
}

namespace dcount::world {

/// A directory in memory, gone at the end, and the file system between it and the store. Throws
/// when there is no place for it.
class RocksDisk {
 public:
  explicit RocksDisk(bool no_sync);
  ~RocksDisk();

  /// `tail`: what becomes of what is not synced: 0 dropped, 1 torn, 2 kept.
  void cut_power(int after_steps, int tail);
  void fail_syncs();
  void fail_writes();
  void repair();

  /// The process that had it open is gone, and its store is closed: what is on the disk now is
  /// what the next one finds.
  void on_process_ended();

 private:
  friend class RocksDriver;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class RocksDriver final : public StoreDriver {
 public:
  RocksDriver(Ground& ground, RocksDisk& disk, std::string process);
  ~RocksDriver() override;

  bool exclusive() const override { return true; }
  store::Limits limits() const override { return {}; }
  void claim(std::function<void(Result<store::Mark>)> done) override;
  void load(store::LoadVisitor visitor, std::function<void(Result<Revision>)> done) override;
  void commit(const store::Batch& batch, store::CommitDone done) override;
  void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) override;
  void watch(Revision, store::ChangeSink*) override {}

 private:
  Ground& ground_;
  RocksDisk& disk_;
  const std::string process_;
  std::unique_ptr<store::Store> store_;
  store::Batch tampered_;
};

}  // namespace dcount::world
