#include "sim/check/batch_judge.h"

#include <algorithm>
#include <numeric>

#include "sim/check/counter_judge.h"
#include "sim/check/counter_shape.h"
#include "sim/check/order_graph.h"
#include "sim/check/versions_judge.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view judge_name = "batch";
constexpr std::size_t searched_operations_max = 1'000'000;

bool on_counter(const Operation& operation) { return operation.function <= Function::remove; }

/// Sets of keys that batches link, each of at least two.
std::vector<std::vector<std::uint32_t>> linked_keys(const History& history) {
  std::vector<std::uint32_t> parent(history.keys.size());
  std::iota(parent.begin(), parent.end(), 0u);
  auto root = [&](std::uint32_t key) {
    while (parent[key] != key) key = parent[key] = parent[parent[key]];
    return key;
  };
  for (std::size_t i = 1; i < history.operations.size(); ++i) {
    const Operation& a = history.operations[i - 1];
    const Operation& b = history.operations[i];
    if (a.group == 0 || a.group != b.group || !on_counter(a) || !on_counter(b)) continue;
    parent[root(a.key)] = root(b.key);
  }
  std::vector<std::vector<std::uint32_t>> sets(history.keys.size());
  for (std::uint32_t key = 0; key < parent.size(); ++key) sets[root(key)].push_back(key);
  std::erase_if(sets, [](const auto& set) { return set.size() < 2; });
  return sets;
}

/// One unknown batch: its parts stand side by side.
struct Batch {
  std::uint32_t first = 0;
  std::uint32_t parts = 0;
};

class Linked {
 public:
  Linked(const History& history, const KeyViews& views, const std::vector<std::uint32_t>& keys,
         const SearchLimits& limits)
      : history_(history), all_(views), limits_(limits) {
    for (std::uint32_t key : keys) views_.push_back(views[key]);
  }
  Finding judge();

 private:
  Finding finding(Verdict verdict, std::string summary) const;
  std::optional<Finding> search() const;
  std::optional<Finding> find_disorder() const;
  std::vector<Batch> unknown_batches() const;
  std::optional<Finding> find_half(const Batch& batch);
  bool impossible(std::uint32_t key);
  Index needed_by(std::uint32_t part);

  const History& history_;
  const KeyViews& all_;
  const SearchLimits& limits_;
  std::vector<KeyView> views_;
  History tried_;  ///< a copy to try things in
};

Finding Linked::finding(Verdict verdict, std::string summary) const {
  Finding finding{.judge = std::string(judge_name)};
  finding.verdict = verdict;
  finding.summary = std::move(summary);
  return finding;
}

std::optional<Finding> Linked::search() const {
  std::size_t operations = 0;
  for (const KeyView& view : views_) operations += view.operations.size();
  if (operations > searched_operations_max) return std::nullopt;
  SearchLimits limits = limits_;
  limits.time_max /= 2;
  Finding found = judge_search(views_, limits);
  if (found.verdict == Verdict::unknown) return std::nullopt;
  found.judge = judge_name;
  return found;
}

std::optional<Finding> Linked::find_disorder() const {
  for (const KeyView& view : views_) {
    if (!tells_versions(view, shape_of(view))) return std::nullopt;
  }
  std::vector<std::uint32_t> circle = find_circle(views_);
  if (circle.empty()) return std::nullopt;
  Finding found = finding(Verdict::invalid, "");
  found.witness.text =
      "Each of these has to come before the next, by time or by a counter's "
      "version, and the last before the first: ";
  for (std::uint32_t i : circle) {
    const Operation& operation = history_.operations[i];
    if (!found.witness.operations.empty()) found.witness.text += "; ";
    found.witness.text += told(history_, operation) + " on " + history_.keys[operation.key];
    if (operation.group != 0) found.witness.text += " in a batch";
    found.witness.operations.push_back(operation.invoked);
  }
  found.witness.text += ". A batch was seen in part.";
  return found;
}

std::vector<Batch> Linked::unknown_batches() const {
  std::vector<Batch> batches;
  std::vector<bool> mine(history_.keys.size());
  for (const KeyView& view : views_) mine[view.key] = true;
  for (std::uint32_t i = 0; i < history_.operations.size();) {
    const Operation& first = history_.operations[i];
    std::uint32_t end = i + 1;
    while (first.group != 0 && end < history_.operations.size() &&
           history_.operations[end].group == first.group) {
      ++end;
    }
    bool unknown = first.outcome == Outcome::unknown && on_counter(first) && mine[first.key];
    if (unknown && end - i > 1) batches.push_back({i, end - i});
    i = end;
  }
  return batches;
}

/// Whether the key cannot be explained as things are in the copy.
bool Linked::impossible(std::uint32_t key) {
  SearchLimits none_at_all;
  none_at_all.steps_max = 0;  // only what is cheap
  KeyView view{tried_, key, all_[key].operations};
  return judge_counter(view, none_at_all).verdict == Verdict::invalid;
}

/// The moment by which the part has to have happened; never: it need not have.
Index Linked::needed_by(std::uint32_t part) {
  Operation& tried = tried_.operations[part];
  const Operation original = tried;
  tried.outcome = Outcome::fail;
  bool needed = impossible(original.key);
  tried = original;
  if (!needed) return never;
  // The earliest moment such that beginning only then would be too late.
  std::vector<Index> ends;
  for (std::uint32_t i : all_[original.key].operations) {
    if (history_.operations[i].completed != never) ends.push_back(history_.operations[i].completed);
  }
  std::sort(ends.begin(), ends.end());
  auto found = std::partition_point(ends.begin(), ends.end(), [&](Index end) {
    tried.invoked = std::max(original.invoked, end);
    return !impossible(original.key);
  });
  tried = original;
  return found == ends.end() ? never : *found;
}

std::optional<Finding> Linked::find_half(const Batch& batch) {
  for (std::uint32_t i = batch.first; i < batch.first + batch.parts; ++i) {
    Index by = needed_by(i);
    if (by == never || by <= history_.operations[i].invoked) continue;
    for (std::uint32_t other = batch.first; other < batch.first + batch.parts; ++other) {
      if (other == i) continue;
      Operation& tried = tried_.operations[other];
      const Operation original = tried;
      tried.outcome = Outcome::ok;
      tried.completed = by;
      bool half = impossible(original.key);
      tried = original;
      if (!half) continue;
      const Operation& needed = history_.operations[i];
      Finding found = finding(Verdict::invalid, "");
      found.witness.text =
          told(history_, needed) + ", a part of a batch on " + history_.keys[needed.key] +
          ". What was seen there is explained only if " + "it had happened by index " +
          std::to_string(by) + "; but what was seen of " + history_.keys[original.key] +
          " leaves no place for the batch's " + named(history_, original) +
          " by then. The batch was applied in part.";
      found.witness.operations = {needed.invoked};
      return found;
    }
  }
  return std::nullopt;
}

Finding Linked::judge() {
  if (auto found = search()) return std::move(*found);
  if (auto found = find_disorder()) return std::move(*found);
  std::vector<Batch> batches = unknown_batches();
  if (!batches.empty()) tried_ = history_;
  auto deadline = Clock::now() + limits_.time_max;
  std::size_t looked_at = 0;
  for (const Batch& batch : batches) {
    if (Clock::now() > deadline) {
      return finding(Verdict::unknown, "time was up after " + std::to_string(looked_at) + " of " +
                                           counted(batches.size(), "unknown batch operation"));
    }
    if (auto found = find_half(batch)) return std::move(*found);
    ++looked_at;
  }
  return finding(Verdict::valid, counted(views_.size(), "counter") + " linked by batches, " +
                                     std::to_string(batches.size()) + " of them unknown");
}

}  // namespace

std::vector<Finding> judge_batches(const History& history, const KeyViews& views,
                                   const SearchLimits& limits) {
  std::vector<Finding> findings;
  for (const auto& keys : linked_keys(history)) {
    findings.push_back(Linked(history, views, keys, limits).judge());
  }
  return findings;
}

}  // namespace dcount::check
