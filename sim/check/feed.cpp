#include "sim/check/feed.h"

#include <algorithm>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

using Place = std::pair<std::uint64_t, std::uint32_t>;  // id, place in History::operations

std::vector<Place> places_of(const History& history) {
  std::vector<Place> places;
  for (std::uint32_t i = 0; i < history.ids.size(); ++i) {
    if (history.ids[i] != 0) places.emplace_back(history.ids[i], i);
  }
  std::sort(places.begin(), places.end());
  return places;
}

/// Ids stand at the first part of a batch; its others follow it.
std::optional<std::uint32_t> find_part(const History& history, const std::vector<Place>& places,
                                       const FeedRecord& record) {
  auto found = std::lower_bound(places.begin(), places.end(), Place(record.id, 0));
  if (found == places.end() || found->first != record.id) return std::nullopt;
  std::uint32_t group = history.operations[found->second].group;
  for (std::uint32_t i = found->second; i < history.operations.size(); ++i) {
    if (i > found->second && (group == 0 || history.operations[i].group != group)) break;
    if (history.operations[i].key == record.key) return i;
  }
  return std::nullopt;
}

std::optional<Finding> find_contradiction(const History& history, std::uint32_t place,
                                          const FeedRecord& record) {
  const Operation& operation = history.operations[place];
  auto differs = [](std::int64_t a, std::int64_t b) { return a != none && b != none && a != b; };
  bool value = operation.function != Function::remove && differs(operation.result, record.value);
  std::string text = told(history, operation) + ", but the feed told of it (index " +
                     std::to_string(record.index) + ")";
  if (record.index < operation.invoked) {
    text += " before it was asked for";
  } else if (operation.outcome == Outcome::fail) {
    text += " as something that happened";
  } else if (operation.outcome == Outcome::ok &&
             (value || differs(operation.version, record.version))) {
    if (record.value != none) text += " with value " + std::to_string(record.value);
    if (record.version != none) text += " and version " + std::to_string(record.version);
  } else {
    return std::nullopt;
  }
  return violation("feed", history, operation.key, text + ".", {place});
}

}  // namespace

std::optional<Resolution> resolve(const History& history) {
  if (history.feed.empty() && !history.feed_complete) return std::nullopt;
  Resolution resolution{.history = history};
  std::vector<Place> places = places_of(history);
  for (const FeedRecord& record : history.feed) {
    auto place = find_part(history, places, record);
    if (!place) continue;
    if (auto found = find_contradiction(history, *place, record)) {
      resolution.findings.push_back(std::move(*found));
      continue;
    }
    Operation& operation = resolution.history.operations[*place];
    if (operation.outcome != Outcome::unknown) continue;
    operation.outcome = Outcome::ok;
    operation.completed = record.index;
    operation.version = record.version;
    if (operation.function == Function::remove) operation.result = 1;
    if (operation.function == Function::reset) operation.result = 0;
    if (operation.function == Function::add || operation.function == Function::create) {
      operation.result = record.value;
    }
    ++resolution.happened;
  }
  for (const auto& [id, place] : places) {
    std::uint32_t group = history.operations[place].group;
    for (std::uint32_t i = place; i < history.operations.size(); ++i) {
      if (i > place && (group == 0 || history.operations[i].group != group)) break;
      Operation& operation = resolution.history.operations[i];
      if (operation.outcome != Outcome::unknown || !history.feed_complete) continue;
      if (on_package(operation.function)) continue;  // no feed tells of those
      operation.outcome = Outcome::fail;
      ++resolution.never_did;
    }
  }
  for (const Operation& operation : resolution.history.operations) {
    if (operation.outcome == Outcome::unknown) ++resolution.unknown;
  }
  return resolution;
}

}  // namespace dcount::check
