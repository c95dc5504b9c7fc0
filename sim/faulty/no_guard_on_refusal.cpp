// Planted: a refusal (what only its Idempotency-Key's record is written for) is answered from what
// this server remembers: the record is guarded, what was refused is not.
#include <algorithm>
#include <optional>

#include "server/core/names.h"
#include "sim/faulty/cluster_plants.h"
#include "sim/faulty/store_decorator.h"

namespace dcount::faulty {
namespace {

using store::Batch;
using store::Group;

template <class Keyed>
bool is_record(const Keyed& entry) {
  return entry.key.starts_with(core::idempotency_prefix);
}

bool is_refusal(const Group& group) {
  return !group.writes.empty() && std::ranges::all_of(group.writes, is_record<Write>);
}

class UnguardedStore final : public StoreDecorator {
 public:
  using StoreDecorator::StoreDecorator;
  ~UnguardedStore() override { close_inner(); }

  void commit(const Batch& batch, store::CommitDone done) override {
    sent_.reset();
    if (std::ranges::any_of(batch.groups, is_refusal)) {
      sent_ = batch;
      for (Group& group : sent_->groups) {
        if (!is_refusal(group)) continue;
        std::erase_if(group.guards, [](const Read& guard) { return !is_record(guard); });
        group.range_guards.clear();
      }
    }
    inner().commit(sent_ ? *sent_ : batch, std::move(done));
  }

  void settle(const Batch& lost, store::Mark fence, store::CommitDone done) override {
    inner().settle(sent_ ? *sent_ : lost, fence, std::move(done));
  }

 private:
  std::optional<Batch> sent_;  // under way, when it is not what it was given
};

}  // namespace

std::unique_ptr<store::Store> leave_guards_out(std::unique_ptr<store::Store> store) {
  return std::make_unique<UnguardedStore>(std::move(store));
}

}  // namespace dcount::faulty
