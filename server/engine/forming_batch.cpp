#include "server/engine/forming_batch.h"

#include <cstdlib>
#include <utility>

namespace dcount::engine {

core::Found FormingBatch::get(std::string_view key) const {
  const auto at = index_.find(key);
  if (at == index_.end() || !slots_[at->second].written) return state_.get(key);
  const Slot& slot = slots_[at->second];
  core::Found found;
  if (slot.value) found.value = *slot.value;
  found.revision = slot.seen;
  return found;
}

bool FormingBatch::depends_on_batch(const core::Decision& decision) const {
  for (const Read& read : decision.reads) {
    const auto at = index_.find(read.key);
    if (at != index_.end() && slots_[at->second].written) return true;
  }
  return false;
}

std::size_t FormingBatch::slot_for(std::string_view key, Revision seen) {
  if (const auto at = index_.find(key); at != index_.end()) return at->second;
  const std::size_t number = slots_.size();
  Slot& slot = slots_.emplace_back();
  slot.key = key;
  slot.seen = seen;
  slot.parent = number;
  index_.emplace(slot.key, number);
  bytes_ += key.size();
  return number;
}

std::size_t FormingBatch::root_of(std::size_t slot) {
  while (slots_[slot].parent != slot) {
    slots_[slot].parent = slots_[slots_[slot].parent].parent;
    slot = slots_[slot].parent;
  }
  return slot;
}

void FormingBatch::add(core::Decision&& decision) {
  if (decision.reads.empty() && decision.range_reads.empty()) std::abort();
  std::size_t root = 0;
  bool first = true;
  const auto join = [&](std::string_view key, Revision seen) {
    const std::size_t slot = slot_for(key, seen);
    const std::size_t other = root_of(slot);
    if (first) root = other;
    first = false;
    slots_[other].parent = root;
    return slot;
  };
  // A range without keys stands under a name that no key has.
  if (decision.reads.empty()) join({}, 0);
  for (const Read& read : decision.reads) join(read.key, read.revision);
  for (Write& write : decision.writes) {
    Slot& slot = slots_[join(write.key, 0)];  // what is written has been read
    bytes_ += write.value ? write.value->size() : 0;
    slot.value = std::move(write.value);
    slot.written = true;
  }
  for (RangeRead& range : decision.range_reads) ranges_.emplace_back(root, std::move(range));
  slot_of_command_.push_back(root);
}

FormingBatch::Formed FormingBatch::take() {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  Formed formed;
  std::vector<std::size_t> group_of(slots_.size(), none);
  const auto group = [&](std::size_t slot) {
    std::size_t& number = group_of[root_of(slot)];
    if (number == none) {
      number = formed.groups.size();
      formed.groups.emplace_back();
      formed.commands.emplace_back();
    }
    return number;
  };
  index_.clear();  // it points into the keys, which move out
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    store::Group& into = formed.groups[group(i)];
    Slot& slot = slots_[i];
    if (slot.key.empty()) continue;
    if (slot.written) into.writes.push_back({slot.key, std::move(slot.value)});
    into.guards.push_back({std::move(slot.key), slot.seen});
  }
  for (auto& [slot, range] : ranges_) {
    formed.groups[group(slot)].range_guards.push_back(std::move(range));
  }
  for (std::size_t i = 0; i < slot_of_command_.size(); ++i) {
    formed.commands[group(slot_of_command_[i])].push_back(i);
  }
  slots_.clear();
  ranges_.clear();
  slot_of_command_.clear();
  bytes_ = 0;
  return formed;
}

}  // namespace dcount::engine
