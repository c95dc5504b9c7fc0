// Planted: a batch whose answer was lost, and which the fence has found applied, is called not
// applied: its commands are decided again.
#include "sim/faulty/cluster_plants.h"
#include "sim/faulty/store_decorator.h"

namespace dcount::faulty {
namespace {

using store::CommitResult;

class TwiceStore final : public StoreDecorator {
 public:
  using StoreDecorator::StoreDecorator;

  void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) override {
    inner().settle(lost, fence, [done = std::move(done)](CommitResult result) {
      if (result.status == CommitResult::Status::committed) {
        // The mark stays the true one, so that what comes next is not fenced off.
        result.status = CommitResult::Status::not_applied;
        result.groups.clear();
      }
      done(std::move(result));
    });
  }
};

}  // namespace

std::unique_ptr<store::Store> apply_lost_twice(std::unique_ptr<store::Store> store) {
  return std::make_unique<TwiceStore>(std::move(store));
}

}  // namespace dcount::faulty
