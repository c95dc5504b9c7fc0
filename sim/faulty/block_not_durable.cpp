// Planted: the head of a cached sequence, which says which blocks are given away, reaches the store
// a block late: with the next block, or with the first batch after half a second.
#include <map>
#include <string>

#include "server/core/names.h"
#include "server/core/sequence.h"
#include "sim/faulty/embedded_plants.h"
#include "sim/faulty/store_decorator.h"

namespace dcount::faulty {
namespace {

using store::Batch;
using Clock = std::chrono::steady_clock;

bool gives_blocks_away(const Write& write) {
  if (!write.key.starts_with(core::sequence_prefix) || !write.value) return false;
  const core::Sequence sequence = core::decode_sequence(*write.value);
  return !sequence.deleted && sequence.drawn > 0 &&
         sequence.definition.mode == core::SequenceMode::cached;
}

class EarlyBlocks final : public StoreDecorator {
 public:
  using StoreDecorator::StoreDecorator;
  /// A clean stop loses nothing.
  ~EarlyBlocks() override {
    if (held_.empty()) return;
    Batch rest{mark_, {mark_.incarnation, mark_.batch + 1}, {}};
    for (auto& [key, head] : held_) rest.groups.push_back({{}, {}, {{key, head.value}}});
    inner().commit(rest, [](const store::CommitResult&) {});
  }

  Result<store::Mark> claim() override {
    auto claimed = inner().claim();
    if (claimed) mark_ = *claimed;
    return claimed;
  }

  void commit(const Batch& batch, store::CommitDone done) override {
    Batch changed = batch;
    store::Group overdue;
    for (store::Group& group : changed.groups) {
      for (Write& write : group.writes) hold_back(write);
    }
    for (auto head = held_.begin(); head != held_.end();) {
      const bool due = Clock::now() - head->second.since >= block_late;
      if (due) overdue.writes.push_back({head->first, head->second.value});
      head = due ? held_.erase(head) : std::next(head);
    }
    const std::size_t groups = changed.groups.size();
    if (!overdue.writes.empty()) changed.groups.push_back(std::move(overdue));
    inner().commit(changed, [&](store::CommitResult result) {
      result.groups.resize(std::min(result.groups.size(), groups));
      mark_ = result.mark;
      done(std::move(result));
    });
  }

 private:
  struct Head {
    std::string value;
    Clock::time_point since;
  };

  /// In its place the head from a block before is written, or a key erased that is never there.
  void hold_back(Write& write) {
    const auto held = held_.find(write.key);
    if (!gives_blocks_away(write)) {
      if (held != held_.end()) held_.erase(held);  // defined anew, or deleted
      return;
    }
    std::string& newest = *write.value;
    if (held == held_.end()) {
      held_.emplace(write.key, Head{std::move(newest), Clock::now()});
      write = {"meta/held_back", std::nullopt};
    } else {
      std::swap(newest, held->second.value);
      held->second.since = Clock::now();
    }
  }

  store::Mark mark_;
  std::map<std::string, Head> held_;
};

}  // namespace

std::unique_ptr<store::Store> use_blocks_early(std::unique_ptr<store::Store> store) {
  return std::make_unique<EarlyBlocks>(std::move(store));
}

}  // namespace dcount::faulty
