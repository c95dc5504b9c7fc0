#include <rocksdb/env.h>

#include "server/store/rocks_store.h"
#include "sim/faulty/faulty_file_system.h"
#include "tests/store/contract.h"
#include "tests/store/rig.h"
#include "tests/store/temporary_directory.h"

namespace dcount::store {
namespace {

using faulty::FaultyFileSystem;

class RocksRig final : public Rig {
 public:
  explicit RocksRig(bool sync) : sync_(sync) {}

  Result<std::unique_ptr<Store>> open(const std::string& node) override {
    RocksOptions options;
    options.directory = directory_.path() / "data";
    options.node = node;
    options.write_buffer_bytes = 128 << 10;  // so that a test sees logs and tables change
    options.sync = sync_;
    options.env = env_.get();
    return open_rocks_store(options);
  }
  void cut_power_after(int steps) override { files_->cut_power_after(steps); }
  void crash(Tail tail, unsigned seed) override {
    files_->crash(static_cast<FaultyFileSystem::Tail>(tail), seed);
  }

 private:
  const bool sync_;
  const TemporaryDirectory directory_;
  const std::shared_ptr<FaultyFileSystem> files_ = std::make_shared<FaultyFileSystem>();
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
};

const RigMaker maker{"rocks", [] { return make_rocks_rig(); }};
const auto name = [](const auto& info) { return std::string(info.param.name); };

INSTANTIATE_TEST_SUITE_P(Rocks, StoreContract, testing::Values(maker), name);
INSTANTIATE_TEST_SUITE_P(Rocks, CrashContract, testing::Values(maker), name);

}  // namespace

std::unique_ptr<Rig> make_rocks_rig(bool sync) { return std::make_unique<RocksRig>(sync); }

}  // namespace dcount::store
