#include "server/core/item_set.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "server/core/item_values.h"

namespace dcount::core {
namespace {

constexpr std::size_t block_bytes_min = 64;
constexpr std::size_t block_bytes_max = std::size_t{64} << 10;

// A table that grows looks at all its ids, which takes some 100 ns each.
constexpr std::size_t unsharded_ids_max = 4096;
constexpr std::size_t shards_of_large = 256;

}  // namespace

ItemSet::ItemSet() : shards_(1) {}

const ItemSet::Shard& ItemSet::shard_of(std::string_view id) const {
  if (shards_.size() == 1) return shards_.front();
  // Other bits than those the shard itself looks at.
  return shards_[(Hash{}(id)*0x9E3779B97F4A7C15ULL) >> 56];
}

ItemSet::Shard& ItemSet::shard_of(std::string_view id) {
  return const_cast<Shard&>(static_cast<const ItemSet*>(this)->shard_of(id));
}

bool ItemSet::contains(std::string_view id) const {
  const Shard& shard = shard_of(id);
  return shard.find(id) != shard.end();
}

bool ItemSet::add(std::string_view id) {
  if (id.empty() || id.size() > 256) std::abort();
  if (contains(id)) return false;
  if (size_ == unsharded_ids_max) split();
  shard_of(id).insert(store(id));
  ++size_;
  return true;
}

void ItemSet::split() {
  std::vector<Shard> before(shards_of_large);
  before.swap(shards_);
  for (const char* id : before.front()) shard_of(view(id)).insert(id);
}

const char* ItemSet::store(std::string_view id) {
  const std::size_t bytes = id.size() + 1;
  if (blocks_.empty() || blocks_.back().capacity - blocks_.back().used < bytes) {
    const std::size_t last = blocks_.empty() ? 0 : blocks_.back().capacity;
    Block block;
    block.capacity = std::max(bytes, std::clamp(2 * last, block_bytes_min, block_bytes_max));
    block.bytes = std::make_unique_for_overwrite<char[]>(block.capacity);
    block.first_place = size_;
    blocks_.push_back(std::move(block));
  }
  Block& block = blocks_.back();
  char* const at = block.bytes.get() + block.used;
  *at = static_cast<char>(id.size() - 1);
  std::memcpy(at + 1, id.data(), id.size());
  block.used += bytes;
  ++block.ids;
  return at;
}

std::vector<ItemSet::Block>::const_iterator ItemSet::block_of(std::uint64_t place) const {
  auto after = std::ranges::upper_bound(blocks_, place, {}, &Block::first_place);
  return after == blocks_.begin() ? after : std::prev(after);
}

Revision ItemSet::chunk_revision(std::uint64_t number) const {
  const auto at = std::ranges::lower_bound(chunks_, number, {}, &Chunk::number);
  return at == chunks_.end() || at->number != number ? 0 : at->revision;
}

void ItemSet::apply_chunk(std::uint64_t number, std::string_view text, Revision revision) {
  auto at = std::ranges::lower_bound(chunks_, number, {}, &Chunk::number);
  const bool known = at != chunks_.end() && at->number == number;
  if (known && at->revision >= revision) return;
  if (!known) at = chunks_.insert(at, {number, 0});
  at->revision = revision;
  const bool newest = std::next(at) == chunks_.end();
  // Of what was there before only the end is new.
  const bool appended = known && newest && text.starts_with(newest_text_);
  ItemChunkReader ids(text, appended ? newest_text_.size() : 0);
  while (const auto id = ids.next()) add(*id);
  if (!newest) return;
  newest_text_.clear();
  if (text.size() < item_chunk_small_bytes) newest_text_ = text;
}

void ItemSet::erase_chunk(std::uint64_t number, Revision revision) {
  const auto at = std::ranges::lower_bound(chunks_, number, {}, &Chunk::number);
  if (at == chunks_.end() || at->number != number || at->revision >= revision) return;
  if (std::next(at) == chunks_.end()) newest_text_.clear();
  chunks_.erase(at);
  if (chunks_.empty()) *this = ItemSet();
}

}  // namespace dcount::core
