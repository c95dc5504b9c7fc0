#include "sim/check/counter_ladder.h"

#include <algorithm>
#include <cstdlib>

#include "sim/check/ladder.h"
#include "sim/check/wide.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

/// Behind "between A and B": what is at an end of a gap.
std::string lower_end(const KeyView& view, const CounterShape& shape, const LadderVerdict& ladder) {
  if (ladder.has_first) return told(view.history, view.at(ladder.first));
  return "the counter began at " + std::to_string(shape.base);
}

std::string step_text(const CounterShape& shape) {
  if (!shape.one_delta) return "adds";
  std::int64_t delta = shape.delta * shape.sign;
  return "adds of " + std::to_string(delta);
}

std::uint64_t begun_before(const KeyView& view, Index before) {
  std::uint64_t count = 0;
  for (std::uint32_t i : view.operations) {
    const Operation& add = view.at(i);
    bool unplaced =
        add.outcome == Outcome::unknown || (add.outcome == Outcome::ok && add.result == none);
    if (add.function == Function::add && unplaced && add.invoked < before) ++count;
  }
  return count;
}

Finding overlap(std::string_view judge, const KeyView& view, const LadderVerdict& ladder) {
  const Operation& first = view.at(ladder.first);
  const Operation& second = view.at(ladder.second);
  std::string why = "they cannot both have happened: one step passes over what the other saw";
  if (first.function == Function::add && second.function == Function::add && !first.refused &&
      !second.refused) {
    why = first.result == second.result
              ? "two additions cannot both have brought the counter to " +
                    std::to_string(first.result) + ", one of them was lost"
              : "the one was done without the other, so one of them was lost";
  }
  return violation(
      judge, view.history, view.key,
      told(view.history, first) + ", and " + told(view.history, second) + ": " + why + ".",
      {ladder.first, ladder.second});
}

Finding gap(std::string_view judge, const KeyView& view, const CounterShape& shape,
            const LadderVerdict& ladder) {
  std::int64_t from = ladder.from * shape.sign;
  std::int64_t to = ladder.to * shape.sign;
  std::string text = "Nobody was answered with the way from " + std::to_string(from) + " to " +
                     std::to_string(to) +
                     ", which lies between these: " + lower_end(view, shape, ladder) + "; " +
                     told(view.history, view.at(ladder.second)) + ". ";
  std::int64_t steps =
      shape.one_delta && shape.delta > 0 ? (ladder.to - ladder.from) / shape.delta : 0;
  text += steps > 0 ? "That takes " + counted(static_cast<std::uint64_t>(steps), "more add") +
                          " of " + std::to_string(shape.delta * shape.sign)
                    : std::string("That takes other additions");
  text += ", and of those whose place or outcome is not known ";
  text += std::to_string(begun_before(view, ladder.before));
  text +=
      " had begun by then, not enough for this and what lies below: the counter counted what "
      "nobody asked for, or something twice.";
  Finding finding = violation(judge, view.history, view.key, std::move(text), {});
  if (ladder.has_first) {
    finding.witness.operations.push_back(view.at(ladder.first).invoked);
  }
  finding.witness.operations.push_back(view.at(ladder.second).invoked);
  return finding;
}

/// The operation that shows that the lost one had to be in its place: the first above it in time.
std::uint32_t proof_of_loss(const KeyView& view, const LadderVerdict& ladder) {
  std::uint32_t proof = ladder.lost;
  Index ended = view.at(ladder.lost).completed;
  for (std::uint32_t i : view.operations) {
    const Operation& operation = view.at(i);
    bool placed = saw_something(operation) && operation.result != none;
    if (!placed || operation.invoked <= ended) continue;
    if (proof == ladder.lost || std::abs(operation.result) < std::abs(view.at(proof).result)) {
      proof = i;
    }
  }
  return proof;
}

Finding lost(std::string_view judge, const KeyView& view, const LadderVerdict& ladder) {
  std::uint32_t proof = proof_of_loss(view, ladder);
  std::string text = told(view.history, view.at(ladder.lost)) + ". ";
  if (proof != ladder.lost) {
    text += "Only after that had ended, " + told(view.history, view.at(proof)) + ". ";
  }
  text +=
      "The values that were seen by then leave no room for all that had been acknowledged: an "
      "acknowledged addition was lost.";
  if (proof == ladder.lost) return violation(judge, view.history, view.key, text, {ladder.lost});
  return violation(judge, view.history, view.key, text, {ladder.lost, proof});
}

Finding describe(std::string_view judge, const KeyView& view, const CounterShape& shape,
                 const LadderVerdict& ladder) {
  switch (ladder.fault) {
    case LadderFault::below_base:
      return violation(judge, view.history, view.key,
                       "The counter began at " + std::to_string(shape.base) + " and " +
                           step_text(shape) + " are all that changed it, but " +
                           told(view.history, view.at(ladder.second)) + ".",
                       {ladder.second});
    case LadderFault::overlap:
      return overlap(judge, view, ladder);
    case LadderFault::went_back:
      return went_back(judge, view.history, view.key, ladder.first, ladder.second,
                       "the counter went back");
    case LadderFault::gap:
      return gap(judge, view, shape, ladder);
    case LadderFault::lost:
      return lost(judge, view, ladder);
    case LadderFault::nothing:
    case LadderFault::gave_up:
      break;
  }
  Finding finding{.judge = std::string(judge), .key = view.name()};
  if (ladder.fault == LadderFault::gave_up) {
    finding.verdict = Verdict::unknown;
    finding.summary = "the search for which unknown or blind additions explain the values gave up";
  }
  return finding;
}

/// What was acknowledged without a value, and has its place behind all values that were seen, has
/// to fit the bound.
std::optional<Finding> find_overflow(std::string_view judge, const KeyView& view,
                                     const CounterShape& shape, Wide top) {
  const KeyFacts& facts = view.facts();
  bool over = shape.sign > 0 ? top > facts.max : -top < facts.min;
  if (!over) return std::nullopt;
  std::string bound = std::to_string(shape.sign > 0 ? facts.max : facts.min);
  if (shape.one_delta) {
    return violation(
        judge, view.history, view.key,
        "With everything that was acknowledged the counter is beyond its bound of " + bound + ".",
        {});
  }
  Finding finding{.judge = std::string(judge), .key = view.name()};
  finding.verdict = Verdict::unknown;
  finding.summary = "no way was found to keep what was acknowledged within the bound of " + bound;
  return finding;
}

/// Nothing goes beyond the bound in its direction: only what began there is there.
std::optional<Finding> find_beyond(std::string_view judge, const KeyView& view,
                                   const CounterShape& shape) {
  const std::int64_t bound = shape.sign > 0 ? view.facts().max : view.facts().min;
  for (std::uint32_t i : view.operations.subspan(shape.skipped)) {
    const Operation& read = view.at(i);
    if (!saw_something(read) || read.result == none || read.result == shape.base) continue;
    if (shape.sign > 0 ? read.result <= bound : read.result >= bound) continue;
    return violation(
        judge, view.history, view.key,
        told(view.history, read) + ": that is beyond the bound of " + std::to_string(bound) + ".",
        {i});
  }
  return std::nullopt;
}

/// Every addition is one version: so versions and values move together.
std::optional<Finding> find_version_slip(std::string_view judge, const KeyView& view,
                                         const CounterShape& shape) {
  if (!shape.versions || !shape.one_delta || shape.has_zero) return std::nullopt;
  const Operation* before = nullptr;
  std::uint32_t before_place = 0;
  for (std::uint32_t i : view.operations.subspan(shape.skipped)) {
    const Operation& operation = view.at(i);
    if (!saw_something(operation) || operation.result == none) continue;
    std::int64_t value = before == nullptr ? shape.base : before->result;
    std::int64_t version = before == nullptr ? shape.base_version : before->version;
    Wide changes = static_cast<Wide>(operation.version) - version;
    Wide difference = static_cast<Wide>(operation.result) - value;
    bool slipped =
        shape.delta == 0 ? changes != 0 : difference != changes * shape.delta * shape.sign;
    if (version != none && slipped) {
      std::string text = before == nullptr ? "The counter began at " + std::to_string(value) +
                                                 ", version " + std::to_string(version)
                                           : told(view.history, *before);
      text += ". " + told(view.history, operation) + ": value and version do not move together, " +
              (shape.delta == 0 ? std::string("though nothing changed the counter.")
                                : "though each of the " + step_text(shape) + " is one version.");
      Finding finding = violation(judge, view.history, view.key, std::move(text), {i});
      if (before != nullptr)
        finding.witness.operations.insert(finding.witness.operations.begin(),
                                          view.at(before_place).invoked);
      return finding;
    }
    before = &operation;
    before_place = i;
  }
  return std::nullopt;
}

}  // namespace

Finding judge_counter_ladder(std::string_view judge, const KeyView& view,
                             const CounterShape& shape) {
  if (auto found = find_bound_violation(judge, view)) return std::move(*found);
  if (auto found = find_beyond(judge, view, shape)) return std::move(*found);
  std::vector<Rung> rungs;
  std::vector<Filler> fillers;
  rungs.reserve(shape.saw);
  fillers.reserve(shape.unknown + shape.blind);
  std::size_t reads = 0;
  for (std::uint32_t i : view.operations.subspan(shape.skipped)) {
    const Operation& operation = view.at(i);
    bool adds = operation.function == Function::add && operation.outcome != Outcome::fail;
    std::int64_t height = adds ? std::max(operation.argument, none + 1) * shape.sign : 0;
    if (saw_something(operation) && operation.result != none) {
      std::int64_t top = operation.result * shape.sign;
      std::int64_t bottom = 0;
      if (__builtin_sub_overflow(top, height, &bottom)) bottom = none;  // below anything
      rungs.push_back({bottom, top, operation.invoked, operation.completed, i});
      if (!adds) ++reads;
    } else if (adds && height > 0) {
      fillers.push_back({.operation = i,
                         .invoked = operation.invoked,
                         .completed = operation.completed,
                         .argument = height});
    }
  }
  LadderVerdict ladder = judge_ladder(shape.base * shape.sign, rungs, std::move(fillers));
  if (ladder.fault == LadderFault::nothing) {
    if (auto found = find_version_slip(judge, view, shape)) return std::move(*found);
  }
  Finding finding = describe(judge, view, shape, ladder);
  if (ladder.fault == LadderFault::nothing && shape.blind > 0) {
    if (auto found = find_overflow(judge, view, shape, ladder.top)) return std::move(*found);
  }
  if (finding.verdict == Verdict::valid) {
    finding.summary = counted(rungs.size() - reads, "add") + " with their values, " +
                      counted(reads, "read") + ", " + counted(shape.blind, "blind add") + ", " +
                      counted(shape.unknown, "unknown one");
  }
  return finding;
}

}  // namespace dcount::check
