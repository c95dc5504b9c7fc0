#include "sim/check/sightings.h"

#include <algorithm>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

std::size_t events_of(const History& history) {
  std::size_t events = 0;
  for (const Tail& tail : history.tails) events += tail.events.size();
  return events;
}

bool same_record(const Sighting& a, const Sighting& b) {
  return a.key == b.key && a.revision == b.revision;
}

bool contradict(const Sighting& a, const Sighting& b) {
  return a.value != b.value || (a.version != none && b.version != none && a.version != b.version);
}

}  // namespace

std::string sent_text(const History& history, std::uint32_t tail, std::uint32_t key,
                      std::int64_t value, std::int64_t version, std::int64_t revision,
                      Index index) {
  std::string text = history.tails[tail].name + " was sent ";
  text += value == none ? "the deletion of " + history.keys[key]
                        : history.keys[key] + " = " + std::to_string(value);
  if (version != none) text += ", version " + std::to_string(version) + ",";
  return text + " of revision " + std::to_string(revision) + " (index " + std::to_string(index) +
         ")";
}

std::string sent_text(const History& history, const Sighting& sighting) {
  return sent_text(history, sighting.tail, sighting.key, sighting.value, sighting.told_version(),
                   sighting.revision, sighting.index);
}

Finding tail_violation(std::string key, std::string text, std::vector<Index> lines) {
  Finding finding{.judge = std::string(tail_judge_name), .key = std::move(key)};
  finding.verdict = Verdict::invalid;
  finding.witness = {std::move(text), std::move(lines)};
  return finding;
}

Sightings::Sightings(const History& history, const std::vector<KnownStates>& states,
                     std::vector<Finding>& findings)
    : history_(history), states_(states), begins_(history.keys.size() + 1) {
  all_.reserve(events_of(history));
  for (std::uint32_t tail = 0; tail < history.tails.size(); ++tail) {
    for (const TailEvent& event : history.tails[tail].events) {
      if (event.is_bookmark()) continue;
      all_.push_back({.revision = event.revision,
                      .value = event.value,
                      .version = event.version,
                      .key = event.key,
                      .index = event.index,
                      .tail = tail,
                      .told = event.version != none});
    }
  }
  std::sort(all_.begin(), all_.end(), [](const Sighting& a, const Sighting& b) {
    if (a.key != b.key) return a.key < b.key;
    return a.revision != b.revision ? a.revision < b.revision : a.index < b.index;
  });
  std::vector<bool> bad(history.keys.size());
  std::size_t kept = 0;
  for (std::size_t begin = 0; begin < all_.size();) {
    std::size_t end = begin + 1;
    while (end < all_.size() && same_record(all_[begin], all_[end])) ++end;
    std::uint32_t key = all_[begin].key;
    if (!bad[key]) bad[key] = find_two_states(begin, end, findings);
    Sighting first = all_[begin];
    for (std::size_t i = begin; i < end && !first.told; ++i) {
      if (all_[i].told) first.version = all_[i].version;
      first.told = all_[i].told;
    }
    if (!first.told) first.version = states[key].version_of(first.value);
    all_[kept++] = first;
    begin = end;
  }
  all_.resize(kept);
  for (const Sighting& sighting : all_) ++begins_[sighting.key + 1];
  for (std::size_t key = 1; key < begins_.size(); ++key) begins_[key] += begins_[key - 1];
  for (std::uint32_t key = 0; key < history.keys.size(); ++key) {
    if (bad[key]) continue;
    bool found = false;
    for (const Sighting& sighting : of(key)) {
      if (found = find_phantom(sighting, states[key], findings); found) break;
    }
    if (!found) find_back(of(key), findings);
  }
  order_by_asking();
}

void Sightings::order_by_asking() {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (maker_of(all_[i]) != KnownStates::no_operation) places.push_back(i);
  }
  std::sort(places.begin(), places.end(),
            [&](std::size_t a, std::size_t b) { return all_[a].revision < all_[b].revision; });
  Index last = 0;
  for (std::size_t place : places) {
    Index asked = history_.operations[maker_of(all_[place])].invoked;
    if (!asked_.empty() && asked <= last) continue;
    last = asked;
    asked_.push_back(place);
  }
}

const Sighting* Sightings::asked_last(std::int64_t revision) const {
  auto behind =
      std::upper_bound(asked_.begin(), asked_.end(), revision,
                       [&](std::int64_t r, std::size_t place) { return r < all_[place].revision; });
  return behind == asked_.begin() ? nullptr : &all_[*(behind - 1)];
}

Finding Sightings::found(const Sighting& sighting, std::string text,
                         std::vector<Index> lines) const {
  return tail_violation(history_.keys[sighting.key], std::move(text), std::move(lines));
}

bool Sightings::find_two_states(std::size_t begin, std::size_t end,
                                std::vector<Finding>& findings) const {
  const Sighting* told = &all_[begin];
  for (std::size_t i = begin + 1; i < end; ++i) {
    const Sighting* other = contradict(all_[begin], all_[i]) ? &all_[begin] : told;
    if (!contradict(*other, all_[i])) {
      if (!told->told) told = &all_[i];
      continue;
    }
    findings.push_back(
        found(all_[i],
              sent(*other) + ", and " + sent(all_[i]) + ": a record has one state at a revision.",
              {other->index, all_[i].index}));
    return true;
  }
  return false;
}

bool Sightings::find_phantom(const Sighting& sighting, const KnownStates& states,
                             std::vector<Finding>& findings) const {
  if (!states.judged()) return false;
  auto why = states.why_impossible(sighting.value, sighting.told_version(), sighting.index);
  if (!why) return false;
  std::vector<Index> lines;
  std::uint32_t maker = sighting.told ? states.maker_of(sighting.version) : never;
  if (maker != KnownStates::no_operation) lines.push_back(history_.operations[maker].invoked);
  lines.push_back(sighting.index);
  std::sort(lines.begin(), lines.end());
  findings.push_back(found(sighting, sent(sighting) + ", but " + *why + ".", std::move(lines)));
  return true;
}

/// Along the revisions, versions only go up.
bool Sightings::find_back(std::span<const Sighting> sightings,
                          std::vector<Finding>& findings) const {
  const Sighting* before = nullptr;
  for (const Sighting& sighting : sightings) {
    if (sighting.version == none) continue;
    if (before != nullptr && sighting.version <= before->version) {
      auto derived = [](const Sighting& one) {
        return one.told ? "" : ", which is version " + std::to_string(one.version);
      };
      findings.push_back(found(sighting,
                               sent(*before) + derived(*before) + ", and " + sent(sighting) +
                                   derived(sighting) +
                                   ": the revision went up, and the record's version did not.",
                               {before->index, sighting.index}));
      return true;
    }
    before = &sighting;
  }
  return false;
}

}  // namespace dcount::check
