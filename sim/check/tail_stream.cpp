#include "sim/check/tail_stream.h"

#include <algorithm>

#include "sim/check/selected_keys.h"
#include "sim/check/tail_chain.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

std::string at(Index index) { return "(index " + std::to_string(index) + ")"; }

/// What is not sent again.
std::int64_t behind(const TailConnection& connection) {
  if (connection.from_the_start() || connection.cursor == none) return -1;
  return connection.inclusive ? connection.cursor - 1 : connection.cursor;
}

}  // namespace

std::string TailStream::sent_text(const TailEvent& event) const {
  if (event.is_bookmark()) {
    return tail_.name + " was told to be complete to revision " + number(event.revision) + " " +
           at(event.index);
  }
  return check::sent_text(view_.history, number_, event.key, event.value, event.version,
                          event.revision, event.index);
}

std::string TailStream::began(const TailConnection& connection) const {
  std::string text = tail_.name + " connected " + at(connection.connected);
  if (connection.from_the_start()) return text + " for all from the start";
  if (connection.cursor == none) return text + " for all from then on";
  return text + " for all " + (connection.inclusive ? "from" : "behind") + " revision " +
         number(connection.cursor);
}

Finding TailStream::found(const TailEvent& event, std::string text,
                          std::vector<Index> lines) const {
  std::string key = event.is_bookmark() ? "" : view_.history.keys[event.key];
  return tail_violation(std::move(key), std::move(text), std::move(lines));
}

std::optional<Finding> TailStream::find_disorder(std::size_t connection,
                                                 const std::vector<std::uint32_t>& selected) {
  const TailConnection& begun = tail_.connections[connection];
  sort_by_key(connection);
  if (auto found = find_disorder_by_key()) return found;
  const TailEvent* highest = nullptr;
  const TailEvent* complete = nullptr;
  for (std::size_t i = begun.first; i < tail_.end_of(connection); ++i) {
    const TailEvent& event = tail_.events[i];
    if (!event.is_bookmark() && !contains(selected, event.key)) {
      return found(event, sent_text(event) + ", which it had not asked for.",
                   {begun.connected, event.index});
    }
    if (!in_revision_order(begun.format)) continue;
    if (event.revision <= behind(begun) && !event.is_bookmark()) {
      return found(event, began(begun) + ", and " + sent_text(event) + ".",
                   {begun.connected, event.index});
    }
    if (highest != nullptr && event.revision < highest->revision) {
      return found(event,
                   sent_text(*highest) + ", and then " + sent_text(event) +
                       ", over one connection: it went back.",
                   {highest->index, event.index});
    }
    if (complete != nullptr && !event.is_bookmark() && event.revision <= complete->revision) {
      return found(event,
                   sent_text(*complete) +
                       (complete->is_bookmark() ? "" : " as the last of its revision") +
                       ", and then " + sent_text(event) + ": it was not complete.",
                   {complete->index, event.index});
    }
    if (highest == nullptr || event.revision > highest->revision) highest = &event;
    if (event.complete != 0) complete = &event;
  }
  return std::nullopt;
}

void TailStream::sort_by_key(std::size_t connection) {
  by_key_.clear();
  for (std::size_t i = tail_.connections[connection].first; i < tail_.end_of(connection); ++i) {
    if (tail_.events[i].is_bookmark()) continue;
    by_key_.push_back({tail_.events[i].key, static_cast<std::uint32_t>(i)});
  }
  std::sort(by_key_.begin(), by_key_.end(), [](const Sent& a, const Sent& b) {
    return a.key != b.key ? a.key < b.key : a.place < b.place;
  });
}

std::optional<Finding> TailStream::find_disorder_by_key() const {
  for (std::size_t i = 1; i < by_key_.size(); ++i) {
    if (by_key_[i].key != by_key_[i - 1].key) continue;
    const TailEvent& before = tail_.events[by_key_[i - 1].place];
    const TailEvent& event = tail_.events[by_key_[i].place];
    if (event.revision > before.revision) continue;
    return found(
        event,
        sent_text(before) + ", and then " + sent_text(event) + ", over one connection: " +
            (event.revision == before.revision ? "the same change came twice." : "it went back."),
        {before.index, event.index});
  }
  return std::nullopt;
}

std::vector<TailStream::Claim> TailStream::claims_of(std::size_t connection) const {
  std::vector<Claim> claims;
  std::int64_t highest = -1;
  for (std::size_t i = tail_.connections[connection].first; i < tail_.end_of(connection); ++i) {
    std::int64_t revision = complete_to(tail_.events[i]);
    if (revision <= highest) continue;
    highest = revision;
    const Sighting* last = view_.sightings.asked_last(revision);
    Index asked = 0;
    if (last != nullptr) {
      asked = view_.history.operations[view_.sightings.maker_of(*last)].invoked;
    }
    claims.push_back({revision, i, asked});
  }
  return claims;
}

std::optional<Finding> TailStream::find_gap(std::size_t connection,
                                            const std::vector<std::uint32_t>& selected) {
  const TailConnection& begun = tail_.connections[connection];
  if (!in_revision_order(begun.format)) return std::nullopt;
  std::vector<Claim> claims = claims_of(connection);
  if (claims.empty()) return std::nullopt;
  sort_by_key(connection);
  std::size_t next = 0;
  for (std::uint32_t key : selected) {
    while (next < by_key_.size() && by_key_[next].key < key) ++next;
    std::size_t end = next;
    while (end < by_key_.size() && by_key_[end].key == key) ++end;
    auto sent = std::span<const Sent>(by_key_).subspan(next, end - next);
    if (auto found = find_gap(begun, claims, key, sent)) return found;
    if (auto found = find_gap_by_answers(begun, claims, key, sent)) return found;
    next = end;
  }
  return std::nullopt;
}

std::optional<Finding> TailStream::find_gap(const TailConnection& connection,
                                            const std::vector<Claim>& claims, std::uint32_t key,
                                            std::span<const Sent> sent) const {
  auto sightings = view_.sightings.of(key);
  auto first = std::upper_bound(
      sightings.begin(), sightings.end(), behind(connection),
      [](std::int64_t revision, const Sighting& s) { return revision < s.revision; });
  std::size_t next = 0;  // of sent
  for (auto sighting = first; sighting != sightings.end(); ++sighting) {
    if (sighting->revision > claims.back().revision) break;
    auto claim = std::lower_bound(
        claims.begin(), claims.end(), sighting->revision,
        [](const Claim& one, std::int64_t revision) { return one.revision < revision; });
    while (next < sent.size() && tail_.events[sent[next].place].revision < sighting->revision) {
      ++next;
    }
    if (next < sent.size() && sent[next].place <= claim->place) continue;
    const TailEvent& told = tail_.events[claim->place];
    if (may_be_left_out(connection, *sighting, sent.subspan(0, next))) continue;
    bool last = &*sighting == &sightings.back() && next == sent.size();
    bool follows =
        sighting->version == none || view_.states[key].next_asked(sighting->version) <= told.index;
    if (follows && !(last && told.index < view_.last_until[key])) continue;
    return tail_violation(view_.history.keys[key],
                          began(connection) + ". " + check::sent_text(view_.history, *sighting) +
                              ". " + sent_text(told) + ", but not " + "that change before it, " +
                              (follows ? "nor a later one, and there was none."
                                       : "and nothing that could follow it had been asked for."),
                          {connection.connected, sighting->index, told.index});
  }
  return std::nullopt;
}

/// What nobody needs to have been sent: a change was answered before something was asked for that
/// the stream is complete to.
std::optional<Finding> TailStream::find_gap_by_answers(const TailConnection& connection,
                                                       const std::vector<Claim>& claims,
                                                       std::uint32_t key,
                                                       std::span<const Sent> sent) const {
  const KnownStates& states = view_.states[key];
  auto all = states.all();
  for (std::size_t i = all.size(); i-- > 0;) {
    const KnownStates::State& state = all[i];
    if (!state.made) continue;
    const Operation& change = view_.history.operations[state.operation];
    if (!connection.from_the_start()) {
      if (change.completed < connection.connected) break;  // and so were all before it
      if (change.invoked < connection.connected) continue;
    }
    auto claim = std::partition_point(claims.begin(), claims.end(), [&](const Claim& one) {
      return one.asked <= change.completed;
    });
    if (claim == claims.end()) continue;
    const TailEvent& told = tail_.events[claim->place];
    if (states.next_asked(state.version) <= told.index) continue;
    if (shows(state, connection, key, claim->place, sent)) continue;
    const Sighting& later = *view_.sightings.asked_last(claim->revision);
    return tail_violation(
        view_.history.keys[key],
        began(connection) + ". " + check::told(view_.history, change) +
            ". Only after that had ended, what made " + view_.history.keys[later.key] + " = " +
            (later.value == none ? "none" : number(later.value)) + " of revision " +
            number(later.revision) + " was asked for. " + sent_text(told) +
            ", but not that change before it, and nothing that could follow it had been asked for.",
        {connection.connected, change.invoked,
         view_.history.operations[view_.sightings.maker_of(later)].invoked, told.index});
  }
  return std::nullopt;
}

/// Whether what was sent up to that place shows the state, or a later one, or may.
bool TailStream::shows(const KnownStates::State& state, const TailConnection& connection,
                       std::uint32_t key, std::size_t place, std::span<const Sent> sent) const {
  const TailEvent* last = nullptr;
  for (const Sent& one : sent) {
    if (one.place > place) break;
    last = &tail_.events[one.place];
  }
  if (last == nullptr) return connection.from_the_start() && state.value == none;
  std::int64_t version =
      last->version != none ? last->version : view_.states[key].version_of(last->value);
  return version == none || version >= state.version;
}

/// What was changed before a connection that is sent nothing old; a deletion of what it never had.
bool TailStream::may_be_left_out(const TailConnection& connection, const Sighting& sighting,
                                 std::span<const Sent> sent) const {
  if (connection.from_the_start()) return sighting.value == none && sent.empty();
  if (connection.cursor != none) return false;
  if (sighting.version == none) return true;
  std::uint32_t maker = view_.sightings.maker_of(sighting);
  return maker == KnownStates::no_operation ||
         view_.history.operations[maker].invoked < connection.connected;
}

}  // namespace dcount::check
