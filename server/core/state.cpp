#include "server/core/state.h"

#include <algorithm>

#include "server/core/counter.h"
#include "server/core/fields.h"
#include "server/core/key.h"
#include "server/core/node.h"
#include "server/core/package.h"
#include "server/core/reservation.h"
#include "server/core/sequence.h"

namespace dcount::core {
namespace {

/// "1 r=<revision>"
Revision decode_revision(std::string_view text) {
  FieldReader fields(text);
  const auto field = fields.next();
  return field && field->name == "r" ? field->number().value_or(0) : 0;
}

}  // namespace

State::State(std::int64_t tombstone_ms) : tombstone_ms_(tombstone_ms) {}

Table* State::table_of(std::string_view key) {
  if (key.starts_with(counter_prefix)) return &counters_;
  if (key.starts_with(idempotency_prefix)) return &idempotency_;
  if (key.starts_with(sequence_prefix)) return &sequences_;
  if (key.starts_with(tenant_prefix)) return &tenants_;
  if (key.starts_with(reservation_prefix)) return &reservations_;
  if (key.starts_with(free_prefix)) return &free_numbers_;
  if (key.starts_with(package_prefix)) return &packages_;
  if (key.starts_with(key_prefix)) return &keys_;
  if (key.starts_with(usage_prefix)) return &usage_;
  if (key.starts_with(node_prefix)) return &nodes_;
  if (key.starts_with(alive_prefix)) return &alive_;
  return &other_;
}

const Table* State::table_of(std::string_view key) const {
  return const_cast<State*>(this)->table_of(key);
}

Found State::get(std::string_view key) const {
  if (key.starts_with(item_prefix)) {
    const auto [tenant, chunk] = item_chunk_name(key);
    const ItemSet* set = items(tenant);
    if (set == nullptr) return {};
    Found found;
    found.revision = set->chunk_revision(chunk);
    if (found.revision != 0 && set->chunks().back().number == chunk) {
      found.value = set->newest_text();
    }
    return found;
  }
  const Record* record = table_of(key)->find(key);
  if (record == nullptr) return {};
  return {record->value(), record->revision()};
}

void State::apply(const Entry& entry) { apply(entry.key, entry.value, entry.revision); }

void State::apply(std::string_view key, const std::optional<std::string>& value,
                  Revision revision) {
  if (key.starts_with(item_prefix)) return apply_item_chunk(key, value, revision);
  Table* table = table_of(key);
  const Record* known = table->find(key);
  if (known != nullptr && known->revision() >= revision) return;
  const std::array timed{&counters_, &sequences_, &reservations_, &packages_, &nodes_};
  if (std::ranges::find(timed, table) != timed.end()) {
    const auto before = known == nullptr ? std::string_view{} : known->value();
    const auto after = value ? std::string_view(*value) : std::string_view{};
    track_due(key, before, after);
    if (table == &reservations_) track_open(key, before, after);
  }
  if (value) {
    if (loading_)
      table->load(key, *value, revision);
    else if (known != nullptr)
      table->replace(*known, *value, revision);
    else
      table->put(key, *value, revision);
    if (key == revision_base_key) revision_base_ = decode_revision(*value);
    if (key == forgotten_key) forgotten_ = decode_revision(*value);
  } else {
    table->erase(key);
  }
}

void State::apply_item_chunk(std::string_view key, const std::optional<std::string>& value,
                             Revision revision) {
  const auto [tenant, chunk] = item_chunk_name(key);
  auto at = items_.find(tenant);
  if (at == items_.end()) {
    if (!value) return;
    at = items_.emplace(tenant, ItemSet()).first;
  }
  ItemSet& set = at->second;
  item_count_ -= set.size();
  if (value)
    set.apply_chunk(chunk, *value, revision);
  else
    set.erase_chunk(chunk, revision);
  item_count_ += set.size();
  if (set.chunks().empty()) items_.erase(at);
}

const ItemSet* State::items(std::string_view tenant_part) const {
  const auto at = items_.find(tenant_part);
  return at == items_.end() ? nullptr : &at->second;
}

void State::end_load(Revision revision) {
  loading_ = false;
  revision_ = revision;
  for (Table* table : {&counters_, &sequences_, &reservations_, &free_numbers_, &tenants_,
                       &packages_, &keys_, &usage_, &idempotency_, &nodes_, &alive_, &other_}) {
    table->sort_by_revision();
  }
}

bool State::empty() const {
  const auto is_empty = [](const Table* table) { return table->size() == 0; };
  return items_.empty() && std::ranges::all_of(record_tables(), is_empty);
}

// ---- what becomes due

void State::track_due(std::string_view key, std::string_view before, std::string_view after) {
  using DueMs = std::int64_t (*)(std::string_view text, std::int64_t tombstone_ms);
  const bool reservation = key.starts_with(reservation_prefix);
  const DueMs due_ms = reservation                       ? reservation_due_ms
                       : key.starts_with(counter_prefix) ? counter_due_ms
                       : key.starts_with(node_prefix)    ? node_due_ms
                       : key.starts_with(package_prefix) ? package_due_ms
                                                         : sequence_due_ms;
  DueIndex& index = reservation ? closed_ : due_;
  index.move(key, before.empty() ? 0 : due_ms(before, tombstone_ms_),
             after.empty() ? 0 : due_ms(after, tombstone_ms_));
}

void State::track_open(std::string_view key, std::string_view before, std::string_view after) {
  const std::int64_t was = before.empty() ? 0 : open_until_ms(before);
  const std::int64_t is = after.empty() ? 0 : open_until_ms(after);
  if (was == is) return;
  const auto name = name_of_reservation(key);
  auto at = open_.find(name);
  if (at == open_.end()) at = open_.emplace(name, DueIndex()).first;
  at->second.move(key, was, is);
  open_of_all_.move(key, was, is);
  if (at->second.empty()) open_.erase(at);
}

}  // namespace dcount::core
