#include <thread>

#include "sim/faulty/embedded_plants.h"
#include "sim/faulty/store_decorator.h"

namespace dcount::faulty {
namespace {

class SlowStore final : public StoreDecorator {
 public:
  SlowStore(std::unique_ptr<store::Store> inner, std::chrono::milliseconds longer)
      : StoreDecorator(std::move(inner)), longer_(longer) {}

  void commit(const store::Batch& batch, store::CommitDone done) override {
    std::this_thread::sleep_for(longer_);
    inner().commit(batch, std::move(done));
  }

 private:
  const std::chrono::milliseconds longer_;
};

}  // namespace

std::unique_ptr<store::Store> slow_commits(std::unique_ptr<store::Store> store,
                                           std::chrono::milliseconds longer) {
  return std::make_unique<SlowStore>(std::move(store), longer);
}

}  // namespace dcount::faulty
