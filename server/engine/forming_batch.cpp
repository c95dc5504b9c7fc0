#include "server/engine/forming_batch.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "server/core/names.h"

namespace dcount::engine {
namespace {

// A key is sent up to three times, to compare it, to write it and to look at it when it is not as
// it was seen, each with the cluster's prefix and the message's own words.
std::size_t weight(std::string_view key) { return 3 * key.size() + 300; }

std::size_t weight(const RangeRead& range) { return weight(range.begin) + 2 * range.end.size(); }

}  // namespace

core::Found FormingBatch::get(std::string_view key) const {
  const auto at = index_.find(key);
  if (at == index_.end() || !slots_[at->second].written) return state_.get(key);
  const Slot& slot = slots_[at->second];
  core::Found found;
  if (slot.value) found.value = *slot.value;
  found.revision = slot.seen;
  return found;
}

bool FormingBatch::has_item(std::string_view tenant_part, std::string_view id) const {
  const core::ItemSet* committed = state_.items(tenant_part);
  if (committed != nullptr && committed->contains(id)) return true;
  if (items_.empty()) return false;
  return items_.contains(tenant_part, id, [this](std::size_t slot) {
    return slots_[slot].value ? std::string_view(*slots_[slot].value) : std::string_view{};
  });
}

std::optional<std::string> FormingBatch::first_free(std::string_view begin,
                                                    std::string_view end) const {
  std::optional<std::string> first;
  const auto here = free_numbers_.lower_bound(begin);
  if (here != free_numbers_.end() && *here < end) first.emplace(*here);

  Passed& passed = passed_[std::string(end)];
  const bool goes_on = !passed.end.empty() && begin >= passed.begin;
  if (!goes_on) passed = {std::string(begin), std::string(begin)};
  state_.free_numbers().scan(passed.end, end, [&](const core::Record& record) {
    const std::string_view key = record.key();
    if (first && key >= *first) return false;
    if (is_written(key)) {  // erased or, with a value, among free_numbers_
      passed.end.assign(key) += '\0';
      return true;
    }
    if (key < begin) {  // not asked for, and not to be passed: what is known begins anew
      passed = {std::string(begin), std::string(begin)};
      return true;
    }
    first.emplace(key);
    return false;
  });
  return first;
}

std::vector<std::string> FormingBatch::expired_reservations(std::string_view sequence,
                                                            core::Now now,
                                                            std::size_t limit) const {
  std::vector<std::string> keys;
  state_.scan_expired(sequence, now, [&](const std::string& key) {
    if (!is_written(key)) keys.push_back(key);
    return keys.size() < limit;
  });
  return keys;
}

bool FormingBatch::is_written(std::string_view key) const {
  const auto at = index_.find(key);
  return at != index_.end() && slots_[at->second].written;
}

bool FormingBatch::depends_on_batch(const core::Decision& decision) const {
  for (const Read& read : decision.reads) {
    const auto at = index_.find(read.key);
    if (at != index_.end() && slots_[at->second].written) return true;
  }
  return false;
}

std::size_t FormingBatch::slot_for(std::string&& key, Revision seen) {
  if (const auto at = index_.find(key); at != index_.end()) return at->second;
  const std::size_t number = slots_.size();
  Slot& slot = slots_.emplace_back();
  slot.key = std::move(key);
  slot.seen = seen;
  slot.parent = number;
  index_.emplace(slot.key, number);
  slot.guards = 1;
  bytes_ += weight(slot.key);
  return number;
}

void FormingBatch::write(std::size_t slot, std::optional<std::string>&& value) {
  bytes_ += value ? value->size() : 0;
  Slot& written = slots_[slot];
  written.value = std::move(value);
  written.written = true;
  const std::string_view key = written.key;
  if (key.starts_with(core::item_prefix)) {
    items_.written(core::item_chunk_name(key).tenant_part, slot);
  } else if (key.starts_with(core::free_prefix)) {
    if (written.value)
      free_numbers_.insert(key);
    else
      free_numbers_.erase(key);
  }
}

std::size_t FormingBatch::root_of(std::size_t slot) {
  while (slots_[slot].parent != slot) {
    slots_[slot].parent = slots_[slots_[slot].parent].parent;
    slot = slots_[slot].parent;
  }
  return slot;
}

std::size_t FormingBatch::root_of(std::size_t slot) const {
  while (slots_[slot].parent != slot) slot = slots_[slot].parent;
  return slot;
}

bool FormingBatch::fits(const core::Decision& decision) const {
  if (grouping_ == Grouping::one) return true;
  std::size_t bytes = bytes_;
  std::size_t guards = decision.range_reads.size();
  std::vector<std::size_t> joined;
  for (const Read& read : decision.reads) {
    const auto at = index_.find(read.key);
    if (at == index_.end()) {
      ++guards;
      bytes += weight(read.key);
    } else if (const std::size_t root = root_of(at->second); !std::ranges::count(joined, root)) {
      joined.push_back(root);
      guards += slots_[root].guards;
    }
  }
  for (const Write& change : decision.writes) bytes += change.value ? change.value->size() : 0;
  for (const RangeRead& range : decision.range_reads) bytes += weight(range);
  const std::size_t groups = groups_ + 1 - joined.size();
  return bytes <= limits_.bytes_max &&
         1 + groups + std::max(guards_max_, guards) <= limits_.operations_max;
}

void FormingBatch::add(core::Decision&& decision) {
  if (decision.reads.empty() && decision.range_reads.empty()) std::abort();
  if (grouping_ == Grouping::one) {
    // What was only read is not looked up again: nothing guards it, nothing joins it.
    for (Write& change : decision.writes) {
      const std::size_t slot = slot_for(std::move(change.key), 0);
      write(slot, std::move(change.value));
    }
    slot_of_command_.push_back(0);
    return;
  }
  std::size_t root = 0;
  bool first = true;
  const auto join = [&](std::string&& key, Revision seen) {
    const std::size_t known = slots_.size();
    const std::size_t slot = slot_for(std::move(key), seen);
    if (slot == known) ++groups_;
    const std::size_t other = root_of(slot);
    if (std::exchange(first, false)) root = other;
    if (other != root) {
      slots_[other].parent = root;
      slots_[root].guards += slots_[other].guards;
      --groups_;
    }
    return slot;
  };
  // A range without keys stands under a name that no key has.
  if (decision.reads.empty()) join({}, 0);
  for (Read& read : decision.reads) join(std::move(read.key), read.revision);
  for (Write& change : decision.writes) {
    write(join(std::move(change.key), 0), std::move(change.value));  // what is written was read
  }
  slots_[root].guards += decision.range_reads.size();
  guards_max_ = std::max(guards_max_, slots_[root].guards);
  for (RangeRead& range : decision.range_reads) {
    bytes_ += weight(range);
    ranges_.emplace_back(root, std::move(range));
  }
  slot_of_command_.push_back(root);
}

FormingBatch::Formed FormingBatch::take() {
  index_.clear();  // these point into the keys, which move out
  items_.clear();
  free_numbers_.clear();
  passed_.clear();
  Formed formed;
  if (grouping_ == Grouping::by_shared_keys) {
    formed = take_groups();
  } else {
    store::Group& all = formed.groups.emplace_back();
    all.writes.reserve(slots_.size());
    for (Slot& slot : slots_) all.writes.push_back({std::move(slot.key), std::move(slot.value)});
    auto& commands = formed.commands.emplace_back(slot_of_command_.size());
    std::iota(commands.begin(), commands.end(), std::size_t{0});
  }
  slots_.clear();
  ranges_.clear();
  slot_of_command_.clear();
  bytes_ = 0;
  groups_ = 0;
  guards_max_ = 0;
  return formed;
}

FormingBatch::Formed FormingBatch::take_groups() {
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
  return formed;
}

}  // namespace dcount::engine
