#include "sim/report/story.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <limits>

#include "sim/report/words.h"

namespace dcount::report {
namespace {

/// The places in History::operations of all that were invoked so: the parts of a batch are several.
void find_operations(const check::History& history, check::Index invoked,
                     std::vector<std::size_t>& places) {
  const auto& all = history.operations;
  auto found = std::lower_bound(
      all.begin(), all.end(), invoked,
      [](const check::Operation& operation, check::Index at) { return operation.invoked < at; });
  for (; found != all.end() && found->invoked == invoked; ++found) {
    places.push_back(static_cast<std::size_t>(found - all.begin()));
  }
}

std::int64_t distance(const check::Operation& a, const check::Operation& b) {
  const auto between = [](check::Index x, check::Index y) {
    return std::abs(std::int64_t{x} - std::int64_t{y});
  };
  std::int64_t least = between(a.invoked, b.invoked);
  if (b.completed != check::never) least = std::min(least, between(a.invoked, b.completed));
  if (a.completed != check::never) least = std::min(least, between(a.completed, b.invoked));
  return least;
}

/// The operations on the same keys that are nearest to those of the witness.
std::vector<std::size_t> neighbours_of(const check::History& history, std::string_view key,
                                       const std::vector<std::size_t>& witness) {
  boost::unordered_flat_set<std::uint32_t> keys;
  for (const std::size_t place : witness) {
    const auto& operation = history.operations[place];
    if (key.empty() || history.keys[operation.key] == key) keys.insert(operation.key);
  }
  std::vector<std::pair<std::int64_t, std::size_t>> candidates;
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    if (!keys.contains(history.operations[i].key)) continue;
    if (std::binary_search(witness.begin(), witness.end(), i)) continue;
    std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
    for (const std::size_t place : witness) {
      nearest = std::min(nearest, distance(history.operations[i], history.operations[place]));
    }
    candidates.emplace_back(nearest, i);
  }
  const std::size_t kept = std::min(candidates.size(), neighbours_max);
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept),
                    candidates.end());
  std::vector<std::size_t> neighbours;
  for (std::size_t i = 0; i < kept; ++i) neighbours.push_back(candidates[i].second);
  return neighbours;
}

StoryOperation tell(const check::History& history, const check::Operation& operation,
                    const JournalTimes& times, bool of_witness) {
  StoryOperation told;
  told.invoked = operation.invoked;
  told.completed = operation.completed;
  told.began = times[operation.invoked];
  if (operation.completed != check::never) told.ended = times[operation.completed];
  told.process = operation.process;
  told.outcome = operation.outcome;
  told.of_witness = of_witness;
  told.key = history.keys[operation.key];
  told.words = report::operation_words(history, operation);
  if (operation.node < history.nodes.size()) told.node = history.nodes[operation.node];
  told.version = operation.version;
  return told;
}

}  // namespace

std::vector<Story> stories_of(const check::History& history, const check::Judgement& judgement,
                              const JournalTimes& times) {
  std::vector<Story> stories;
  for (std::size_t i = 0; i < judgement.findings.size() && stories.size() < stories_max; ++i) {
    const auto& finding = judgement.findings[i];
    if (finding.verdict != check::Verdict::invalid) continue;
    Story story{.finding = i};
    std::vector<std::size_t> witness;
    for (const auto index : finding.witness.operations) {
      if (witness.size() < witness_operations_max) {
        find_operations(history, index, witness);
      } else {
        ++story.left_out;
      }
    }
    std::sort(witness.begin(), witness.end());
    witness.erase(std::unique(witness.begin(), witness.end()), witness.end());
    if (witness.size() > witness_operations_max) {  // the parts of large batches
      story.left_out += witness.size() - witness_operations_max;
      witness.resize(witness_operations_max);
    }
    for (const std::size_t place : witness) {
      story.operations.push_back(tell(history, history.operations[place], times, true));
    }
    for (const std::size_t place : neighbours_of(history, finding.key, witness)) {
      story.operations.push_back(tell(history, history.operations[place], times, false));
    }
    std::stable_sort(
        story.operations.begin(), story.operations.end(),
        [](const StoryOperation& a, const StoryOperation& b) { return a.invoked < b.invoked; });
    stories.push_back(std::move(story));
  }
  return stories;
}

}  // namespace dcount::report
