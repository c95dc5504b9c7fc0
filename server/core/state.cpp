#include "server/core/state.h"

#include "server/core/counter.h"
#include "server/core/fields.h"

namespace dcount::core {
namespace {

Revision decode_revision_base(std::string_view text) {
  FieldReader fields(text);
  const auto base = fields.next();
  return base && base->name == "r" ? base->number().value_or(0) : 0;
}

}  // namespace

State::State(std::int64_t tombstone_ms) : tombstone_ms_(tombstone_ms) {}

Table* State::table_of(std::string_view key) {
  if (key.starts_with(counter_prefix)) return &counters_;
  if (key.starts_with(idempotency_prefix)) return &idempotency_;
  return &other_;
}

const Table* State::table_of(std::string_view key) const {
  return const_cast<State*>(this)->table_of(key);
}

Found State::get(std::string_view key) const {
  const Record* record = table_of(key)->find(key);
  if (record == nullptr) return {};
  return {record->value(), record->revision()};
}

void State::apply(const Entry& entry) { apply(entry.key, entry.value, entry.revision); }

void State::apply(std::string_view key, const std::optional<std::string>& value,
                  Revision revision) {
  Table* table = table_of(key);
  const Record* known = table->find(key);
  if (known != nullptr && known->revision() >= revision) return;
  if (table == &counters_) {
    track_due(key, known, value ? std::string_view(*value) : std::string_view{});
  }
  if (value) {
    if (loading_)
      table->load(key, *value, revision);
    else if (known != nullptr)
      table->replace(*known, *value, revision);
    else
      table->put(key, *value, revision);
    if (key == revision_base_key) revision_base_ = decode_revision_base(*value);
  } else {
    table->erase(key);
  }
}

void State::end_load(Revision revision) {
  loading_ = false;
  revision_ = revision;
  counters_.sort_by_revision();
  idempotency_.sort_by_revision();
  other_.sort_by_revision();
}

bool State::empty() const { return counters_.size() == 0 && idempotency_.size() == 0; }

void State::track_due(std::string_view key, const Record* before, std::string_view after) {
  const auto was = before == nullptr ? 0 : counter_due_ms(before->value(), tombstone_ms_);
  const auto is = after.empty() ? 0 : counter_due_ms(after, tombstone_ms_);
  if (was == is) return;
  if (was != 0) due_.erase({was, std::string(key)});
  if (is != 0) due_.emplace(is, key);
}

std::vector<std::string> State::due_counters(Now now, std::size_t limit) const {
  std::vector<std::string> keys;
  for (const auto& [due_ms, key] : due_) {
    if (due_ms > now.unix_ms || keys.size() == limit) break;
    keys.push_back(key);
  }
  return keys;
}

}  // namespace dcount::core
