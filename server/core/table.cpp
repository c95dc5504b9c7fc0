#include "server/core/table.h"

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

namespace dcount::core {

Record* Record::make(std::string_view key, std::string_view value) {
  if (key.size() > UINT16_MAX) std::abort();  // names are at most 256 bytes, encoded 768
  const std::size_t wanted = sizeof(Record) + key.size() + value.size();
  void* memory = std::malloc(wanted);
  if (memory == nullptr) throw std::bad_alloc();
  auto* record = new (memory) Record;
  record->key_bytes_ = static_cast<std::uint16_t>(key.size());
  record->value_bytes_ = static_cast<std::uint32_t>(value.size());
  std::memcpy(record->bytes(), key.data(), key.size());
  std::memcpy(record->bytes() + key.size(), value.data(), value.size());
  return record;
}

std::size_t Record::value_room() const {
  return malloc_usable_size(const_cast<Record*>(this)) - sizeof(Record) - key_bytes_;
}

void Record::free(Record* record) {
  record->~Record();
  std::free(record);
}

const Record* Table::find(std::string_view key) const {
  const auto at = by_key_hash_.find(key);
  return at == by_key_hash_.end() ? nullptr : *at;
}

void Table::link_newest(Record& record) {
  // Nearly always the newest; what a conflict told us of may be ahead of the feed by a little.
  auto place = by_revision_.end();
  while (place != by_revision_.begin() && std::prev(place)->revision() > record.revision()) --place;
  by_revision_.insert(place, record);
}

Record& Table::insert(std::string_view key, std::string_view value, Revision revision) {
  Record* record = Record::make(key, value);
  record->revision_ = revision;
  by_key_hash_.insert(record);
  bytes_ += record->size();
  // Keys mostly come in their order while loading, and generated ids always.
  if (order_ == Order::by_key) by_key_.insert(by_key_.end(), record);
  return *record;
}

void Table::load(std::string_view key, std::string_view value, Revision revision) {
  if (by_key_hash_.contains(key)) return put(key, value, revision);
  by_revision_.push_back(insert(key, value, revision));
}

void Table::put(std::string_view key, std::string_view value, Revision revision) {
  const Record* known = find(key);
  if (known != nullptr) return replace(*known, value, revision);
  link_newest(insert(key, value, revision));
}

void Table::replace(const Record& known, std::string_view value, Revision revision) {
  auto* record = const_cast<Record*>(&known);  // ours: we hand out const ones only
  if (revision < record->revision_) std::abort();
  by_revision_.erase(by_revision_.iterator_to(*record));
  bytes_ = bytes_ - record->value_bytes_ + value.size();
  if (value.size() <= record->value_room()) {
    record->value_bytes_ = static_cast<std::uint32_t>(value.size());
    std::memcpy(record->bytes() + record->key_bytes_, value.data(), value.size());
  } else {
    record = move_to_larger(record, value);
  }
  record->revision_ = revision;
  link_newest(*record);
}

Record* Table::move_to_larger(Record* record, std::string_view value) {
  Record* larger = Record::make(record->key(), value);
  by_key_hash_.erase(record->key());
  by_key_hash_.insert(larger);
  if (order_ == Order::by_key) {
    const auto place = by_key_.erase(by_key_.find(record->key()));
    by_key_.insert(place, larger);
  }
  Record::free(record);
  return larger;
}

bool Table::erase(std::string_view key) {
  const auto at = by_key_hash_.find(key);
  if (at == by_key_hash_.end()) return false;
  Record* record = *at;
  by_revision_.erase(by_revision_.iterator_to(*record));
  bytes_ -= record->size();
  if (order_ == Order::by_key) by_key_.erase(by_key_.find(record->key()));
  by_key_hash_.erase(at);
  Record::free(record);
  return true;
}

void Table::clear() {
  bytes_ = 0;
  for (Place* place : places_) place->marker_ = nullptr;  // freed with the rest
  places_.clear();
  by_key_.clear();
  by_key_hash_.clear();
  by_revision_.clear_and_dispose([](Record* record) { Record::free(record); });
}

void Table::sort_by_revision() {
  by_revision_.sort([](const Record& a, const Record& b) { return a.revision() < b.revision(); });
}

// ---- places

Table::Place::Place(const Table& table, End end) : table_(table), marker_(Record::make("", "")) {
  auto& list = table_.by_revision_;
  list.insert(end == End::newest ? list.end() : list.begin(), *marker_);
  if (end == End::newest && marker_ != &list.front())
    marker_->revision_ = std::prev(list.iterator_to(*marker_))->revision_;
  table_.places_.push_back(this);
}

Table::Place::~Place() {
  if (gone()) return;
  table_.by_revision_.erase(table_.by_revision_.iterator_to(*marker_));
  Record::free(marker_);
  std::erase(table_.places_, this);
}

/// Its revision is that of the record behind it, so that the list stays in order.
void Table::Place::move_before(boost::intrusive::list<Record>::iterator place) {
  auto& list = table_.by_revision_;
  list.splice(place, list, list.iterator_to(*marker_));
  const auto here = list.iterator_to(*marker_);
  marker_->revision_ = here == list.begin() ? 0 : std::prev(here)->revision_;
}

bool Table::Place::back_to(Revision after, std::size_t records) {
  auto& list = table_.by_revision_;
  auto at = list.iterator_to(*marker_);
  bool there = false;
  for (; !there && records > 0; --records) {
    there = at == list.begin() || std::prev(at)->revision_ <= after;
    if (!there) --at;
  }
  if (&*at != marker_) move_before(at);
  return there;
}

const Record* Table::Place::next() const {
  auto& list = table_.by_revision_;
  auto at = std::next(list.iterator_to(*marker_));
  while (at != list.end() && is_place(*at)) ++at;
  return at == list.end() ? nullptr : &*at;
}

void Table::Place::pass() {
  auto& list = table_.by_revision_;
  auto at = std::next(list.iterator_to(*marker_));
  while (is_place(*at)) ++at;
  move_before(std::next(at));
}

}  // namespace dcount::core
