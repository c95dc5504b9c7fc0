// rocks_store in a directory of the test's, which sees to the faults itself.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "server/store/rocks_store.h"
#include "tests/store/rig.h"

namespace dcount::store {

class DirectoryRig final : public Rig {
 public:
  explicit DirectoryRig(std::filesystem::path directory, rocksdb::Env* env = nullptr)
      : directory_(std::move(directory)), env_(env) {}

  Result<std::unique_ptr<Store>> open(const std::string& node) override {
    RocksOptions options;
    options.directory = directory_;
    options.node = node;
    options.write_buffer_bytes = 128 << 10;
    options.env = env_;
    return open_rocks_store(options);
  }
  void cut_power_after(int) override {}
  void crash(Tail, unsigned) override {}

 private:
  const std::filesystem::path directory_;
  rocksdb::Env* const env_;
};

}  // namespace dcount::store
