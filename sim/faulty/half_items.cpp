// Planted: a batch that adds items is two in the store: the first has every other new id of each
// chunk (and all that is not items), 5 ms later the second has the rest.
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "server/core/item_values.h"
#include "server/core/names.h"
#include "sim/faulty/embedded_plants.h"
#include "sim/faulty/store_decorator.h"

namespace dcount::faulty {
namespace {

using store::Batch;
using store::CommitResult;

class HalvingStore final : public StoreDecorator {
 public:
  using StoreDecorator::StoreDecorator;

  Result<Revision> load(const store::LoadVisitor& visitor) override {
    return inner().load([&](const Entry& entry) {
      if (!loaded_ && entry.value) note({entry.key, entry.value});
      visitor(entry);
    });
  }

  void commit(const Batch& batch, store::CommitDone done) override {
    loaded_ = true;
    // Two marks of the store's for each of the engine's.
    Batch whole = batch;
    whole.previous.batch *= 2;
    whole.next.batch *= 2;
    if (const auto half = half_of(whole)) {
      std::optional<CommitResult> first;
      inner().commit(*half, [&](CommitResult result) { first = std::move(result); });
      if (first->status != CommitResult::Status::committed) return done(std::move(*first));
      std::this_thread::sleep_for(between_halves);
      whole.previous = half->next;
    }
    for (const store::Group& group : batch.groups) {
      for (const Write& write : group.writes) note(write);
    }
    inner().commit(whole, [&](CommitResult result) {
      result.mark = batch.next;
      done(std::move(result));
    });
  }

 private:
  struct Chunk {
    std::uint64_t number = 0;
    std::size_t bytes = 0;
  };

  /// A tenant's newest chunk is the only one that is appended to.
  void note(const Write& write) {
    if (!write.key.starts_with(core::item_prefix) || !write.value) return;
    const auto name = core::item_chunk_name(write.key);
    Chunk& newest = newest_[std::string(name.tenant_part)];
    if (name.chunk >= newest.number) newest = {name.chunk, write.value->size()};
  }

  /// Nothing when there is nothing to halve.
  std::optional<Batch> half_of(const Batch& whole) const {
    std::map<std::string, std::int64_t> left_out;  // by tenant
    std::int64_t left_out_in_all = 0;
    Batch half = whole;
    for (store::Group& group : half.groups) {
      for (Write& write : group.writes) {
        if (!write.key.starts_with(core::item_prefix) || !write.value) continue;
        const std::string tenant(core::item_chunk_name(write.key).tenant_part);
        const std::int64_t out = leave_half_out(write);
        left_out[tenant] += out;
        left_out_in_all += out;
      }
    }
    if (left_out_in_all == 0) return std::nullopt;
    for (store::Group& group : half.groups) {
      for (Write& write : group.writes) {
        if (!write.key.starts_with(core::tenant_prefix) || !write.value) continue;
        core::TenantHead head = core::decode_tenant_head(*write.value);
        head.count -= left_out[std::string(core::tenant_part(write.key))];
        write.value = core::encode(head);
      }
    }
    half.next.batch -= 1;
    return half;
  }

  /// How many ids.
  std::int64_t leave_half_out(Write& write) const {
    const auto name = core::item_chunk_name(write.key);
    const auto newest = newest_.find(std::string(name.tenant_part));
    const bool appended = newest != newest_.end() && newest->second.number == name.chunk;
    const std::size_t before = appended ? newest->second.bytes : 0;
    std::string kept =
        appended ? write.value->substr(0, before) : std::string(core::empty_item_chunk);
    core::ItemChunkReader ids(*write.value, before);
    std::int64_t count = 0;
    std::int64_t out = 0;
    while (const auto id = ids.next()) {
      if (count++ % 2 == 0) {
        core::append_item(kept, *id);
      } else {
        ++out;
      }
    }
    write.value = std::move(kept);
    return out;
  }

  std::map<std::string, Chunk> newest_;  // by tenant
  std::atomic<bool> loaded_ = false;     // then newest_ is the engine's thread's alone
};

}  // namespace

std::unique_ptr<store::Store> halve_items(std::unique_ptr<store::Store> store) {
  return std::make_unique<HalvingStore>(std::move(store));
}

}  // namespace dcount::faulty
