#include "server/tails/catch_up.h"

#include <algorithm>
#include <string>
#include <utility>

namespace dcount::tails {
namespace {

const core::Table& table_of(const core::State& state, Kind kind) {
  switch (kind) {
    case Kind::counter:
      break;
    case Kind::sequence:
      return state.sequences();
    case Kind::tenant:
      return state.tenants();
    case Kind::package:
      return state.packages();
    case Kind::node:
      return state.nodes();
  }
  return state.counters();
}

}  // namespace

CatchUp::CatchUp(Filter filter, std::optional<Revision> after,
                 std::optional<Revision> deletions_after)
    : filter_(std::move(filter)),
      after_(after),
      everything_(after && *after <= 0),
      deletions_after_(deletions_after) {}

std::optional<Piece> CatchUp::go_on(const core::State& state, const Times& times) {
  if (!begun_) {
    if (auto answer = begin(state)) return answer;
    begun_ = true;
    if (!deletions_after_) deletions_after_ = state.revision() + state.revision_base();
  }
  if (has_lost_deletions(state)) {
    return Piece{.status = Piece::Status::gone,
                 .oldest = state.forgotten() + state.revision_base() + 1,
                 .at_end = true};
  }
  if (!filter_.has_ranges()) return look_up(state, times);
  if (!place_ || place_->gone()) {
    piece_ = {};
    using Place = core::Table::Place;
    back_there_ = *after_ <= state.revision_base();
    place_ = std::make_unique<Place>(table_of(state, filter_.kind()),
                                     back_there_ ? Place::End::oldest : Place::End::newest);
  }
  if (!back_there_) {
    back_there_ = place_->back_to(*after_ - state.revision_base(), records_per_visit);
    return std::nullopt;
  }
  return walk(state, times);
}

/// An answer, when there is nothing to be looked for.
std::optional<Piece> CatchUp::begin(const core::State& state) {
  const Revision base = state.revision_base();
  const Revision now = state.revision() + base;
  const Revision forgotten = state.forgotten() + base;
  Piece piece{.complete_to = now, .oldest = forgotten + 1, .at_end = true};
  if (state.restoring())
    piece.status = Piece::Status::restoring;
  else if (!after_)
    return piece;
  else if (*after_ > now)
    piece.status = Piece::Status::ahead;
  else if (!everything_ && (*after_ < forgotten || is_before_restore(state, *after_)))
    piece.status = Piece::Status::gone;
  else
    return std::nullopt;
  return piece;
}

/// What a restore has removed has left no tombstones.
bool CatchUp::is_before_restore(const core::State& state, Revision after) {
  return state.revision_base() > 0 && after <= state.revision_base();
}

/// A slow one may be under way for longer than tombstones are kept.
bool CatchUp::has_lost_deletions(const core::State& state) const {
  const Revision known = everything_ ? std::max(*after_, *deletions_after_) : *after_;
  return known < state.forgotten() + state.revision_base() ||
         (known > 0 && is_before_restore(state, known));
}

ChangePtr CatchUp::wanted(const core::State& state, const Times& times, std::string_view key,
                          std::string_view value, Revision revision) const {
  const Revision base = state.revision_base();
  // What a conflict has told of ahead of the feed, the feed will tell.
  if (revision > state.revision() || revision + base <= *after_) return nullptr;
  if (filter_.kind() == Kind::counter && filter_.has_ranges()) {
    const core::CounterName name = core::counter_name(key);
    if (!filter_.matches_counter(name.collection, name.id)) return nullptr;
  }
  auto change = Change::of(key, value, revision + base, times.at_ms(revision));
  if (!change) return nullptr;
  if (everything_ && change->deleted() && change->revision() <= *deletions_after_) return nullptr;
  return change;
}

// ---- keys: counters, found by name

std::optional<Piece> CatchUp::look_up(const core::State& state, const Times& times) {
  if (next_key_.empty()) looked_up_from_ = state.revision() + state.revision_base();
  std::vector<ChangePtr>& found = piece_.changes;
  std::size_t records = 0;
  for (auto key = filter_.keys().lower_bound(next_key_); key != filter_.keys().end(); ++key) {
    if (records >= records_per_visit) {
      next_key_ = *key;
      return std::nullopt;
    }
    ++records;
    if (key->find('/') == std::string::npos)
      records += look_up_id(state, times, *key, found);
    else
      look_up(state, times, std::string(core::counter_prefix) + *key, found);
  }
  std::ranges::sort(found, {}, [](const ChangePtr& change) { return change->revision(); });
  return finish(looked_up_from_, true);
}

void CatchUp::look_up(const core::State& state, const Times& times, std::string_view record_key,
                      std::vector<ChangePtr>& found) const {
  const core::Record* record = state.counters().find(record_key);
  if (record == nullptr) return;
  auto change = wanted(state, times, record->key(), record->value(), record->revision());
  if (change) found.push_back(std::move(change));
}

/// In every collection: from the first counter of each on to the next collection.
std::size_t CatchUp::look_up_id(const core::State& state, const Times& times, std::string_view id,
                                std::vector<ChangePtr>& found) const {
  std::string begin(core::counter_prefix);
  for (std::size_t collections = 0;; ++collections) {
    std::string collection;
    state.counters().scan(begin, core::prefix_end(core::counter_prefix),
                          [&](const core::Record& record) {
                            collection = core::counter_name(record.key()).collection;
                            return false;
                          });
    if (collection.empty()) return collections;
    const std::string prefix = core::counter_list_prefix(collection);
    if (!filter_.keys().contains(collection + '/' + std::string(id)))
      look_up(state, times, prefix + std::string(id), found);
    begin = core::prefix_end(prefix);
  }
}

// ---- ranges: a walk over what has changed

std::optional<Piece> CatchUp::walk(const core::State& state, const Times& times) {
  const Revision base = state.revision_base();
  for (std::size_t records = 0;; ++records) {
    const core::Record* record = place_->next();
    if (record == nullptr || record->revision() > state.revision()) {
      return finish(state.revision() + base, true);
    }
    auto& changes = piece_.changes;
    const bool full = changes.size() >= changes_per_piece &&
                      changes.back()->revision() != record->revision() + base;
    if (full) return finish(record->revision() + base - 1, false);
    if (records >= records_per_visit) return std::nullopt;
    auto change = wanted(state, times, record->key(), record->value(), record->revision());
    if (change) changes.push_back(std::move(change));
    place_->pass();
  }
}

Piece CatchUp::finish(Revision complete_to, bool at_end) {
  after_ = complete_to;
  piece_.complete_to = complete_to;
  piece_.at_end = at_end;
  return std::exchange(piece_, {});
}

}  // namespace dcount::tails
