#include "server/store/memory_store.h"
#include "tests/store/contract.h"
#include "tests/store/rig.h"

namespace dcount::store {
namespace {

class MemoryRig final : public Rig {
 public:
  explicit MemoryRig(bool sync) : options_{sync} {}

  Result<std::unique_ptr<Store>> open(const std::string& node) override {
    return std::unique_ptr<Store>(std::make_unique<MemoryStore>(disk_, node, options_));
  }
  void cut_power_after(int steps) override { disk_->cut_power_after(steps); }
  void crash(Tail tail, unsigned seed) override {
    const bool kept = tail == Tail::kept || (tail == Tail::torn && seed % 2 == 0);
    disk_->crash(kept ? MemoryDisk::Tail::kept : MemoryDisk::Tail::dropped);
  }

 private:
  const MemoryOptions options_;
  const std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

const RigMaker maker{"memory", [] { return make_memory_rig(); }};
const auto name = [](const auto& info) { return std::string(info.param.name); };

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(maker), name);
INSTANTIATE_TEST_SUITE_P(Memory, CrashContract, testing::Values(maker), name);
INSTANTIATE_TEST_SUITE_P(Memory, SharedStoreContract, testing::Values(maker), name);

}  // namespace

std::unique_ptr<Rig> make_memory_rig(bool sync) { return std::make_unique<MemoryRig>(sync); }

}  // namespace dcount::store
